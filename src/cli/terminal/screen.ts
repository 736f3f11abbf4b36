import { isatty } from "node:tty";
import { styleText } from "node:util";
import { writeStderr } from "../../stderr.ts";

/** The columns of a text that goes to no terminal, and the most that it is easy to read at. */
const columns = { file: 100, most: 120 };

/** stderr, as a person sees it. */
export class Screen {
  readonly isTerminal = isatty(2) && process.env.TERM !== "dumb";
  readonly #hasColour = wantsColour(this.isTerminal);
  /** A line that is there for the moment, and not ended. */
  #passing = "";

  /** How wide a text may be, in columns. */
  get width(): number {
    return this.isTerminal ? Math.min(this.#columns, columns.most) : columns.file;
  }

  style(format: Parameters<typeof styleText>[0], text: string): string {
    return this.#hasColour && text !== "" ? styleText(format, text, { validateStream: false }) : text;
  }

  /** Writes a text, all of it, before it returns. What passes is erased first, and comes back after it. */
  write(text: string): void {
    const passing = this.#passing;
    this.pass("");
    writeStderr(text);
    this.pass(passing);
  }

  /** Shows a line until the next one, cut to what fits; "" erases it. Only a terminal shows it. */
  pass(line: string): void {
    if (!this.isTerminal || (line === "" && this.#passing === "")) return;
    const fitted = Bun.sliceAnsi(line, 0, this.#columns - 1, "…");
    writeStderr(`\r\x1b[K${this.style("dim", fitted)}`);
    this.#passing = line;
  }

  get #columns(): number {
    return process.stderr.columns || 80;
  }
}

/** Source: what node:util does for a stream, which is no-color.org, and force-color.org before it. */
function wantsColour(isTerminal: boolean): boolean {
  const { FORCE_COLOR, NO_COLOR } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && !NO_COLOR;
}
