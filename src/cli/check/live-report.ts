import type { Report, Result } from "../../conformance/report.ts";
import { duration } from "../../conformance/reports/duration.ts";
import { TextReport } from "../../conformance/reports/text.ts";
import type { Requirement } from "../../conformance/requirement.ts";
import type { Screen } from "../terminal/screen.ts";

/** The interval between updates of the progress line, in ms. */
const pace = 200;

/** Shows a run on stderr: results in the order of the catalogue as soon as they can be shown, and a progress line. */
export class LiveReport implements Disposable {
  readonly #checks: readonly Requirement[];
  readonly #screen: Screen;
  readonly #text: TextReport;
  readonly #started = performance.now();
  readonly #running = new Set<Requirement>();
  readonly #results = new Map<Requirement, Result>();
  #shown = 0;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor(checks: readonly Requirement[], strict: boolean, screen: Screen) {
    this.#checks = checks;
    this.#screen = screen;
    this.#text = new TextReport(checks, strict, screen);
    if (screen.isTerminal) this.#timer = setInterval(() => this.#draw(), pace).unref();
  }

  begin(name: string, dialect: string): void {
    this.#screen.write(this.#text.head(name, dialect, this.#checks.length));
    this.#draw();
  }

  start(check: Requirement): void {
    this.#running.add(check);
    this.#draw();
  }

  /** Takes a result, and shows all results up to the first that is missing. */
  take(result: Result): void {
    this.#running.delete(result.check);
    this.#results.set(result.check, result);
    let text = "";
    for (let check = this.#checks[this.#shown]; check !== undefined; check = this.#checks[this.#shown]) {
      const next = this.#results.get(check);
      if (next === undefined) break;
      text += this.#text.result(next);
      this.#shown++;
    }
    this.#draw();
    if (text !== "") this.#screen.write(text);
  }

  /** Shows the remaining results, after one that never came, and the summary. */
  end(report: Report): void {
    this[Symbol.dispose]();
    const rest = this.#checks.slice(this.#shown).flatMap((check) => this.#results.get(check) ?? []);
    this.#screen.write(rest.map((result) => this.#text.result(result)).join("") + this.#text.end(report));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#screen.pass("");
  }

  #draw(): void {
    const ids = [...this.#running].map(({ id }) => id).join(", ");
    const time = duration(performance.now() - this.#started);
    this.#screen.pass(`  ${this.#results.size}/${this.#checks.length}  ${time}  ${ids}`);
  }
}
