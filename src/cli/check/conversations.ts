import type { TraceEntry } from "../../conformance/peer/trace.ts";
import { isFailure, type Report, type Result } from "../../conformance/report.ts";

/** How many messages of a check are kept: the first, and the last. */
const [mostFirst, mostLast] = [200, 800];

/** The conversations of the checks that failed, for a report. */
export class Conversations {
  readonly #open = new Map<string, Conversation>();
  readonly #kept = new Map<string, readonly TraceEntry[]>();

  add(entry: TraceEntry): void {
    if (entry.check !== null)
      this.#open.getOrInsertComputed(entry.check, () => new Conversation()).add(entry);
  }

  /** Keeps the conversation of a check that failed, and forgets that of any other. */
  end({ check, verdict }: Result): void {
    const conversation = this.#open.get(check.id);
    this.#open.delete(check.id);
    const isTold = isFailure({ verdict }) || verdict === "error";
    if (conversation !== undefined && isTold) this.#kept.set(check.id, conversation.entries);
  }

  /** The report with the conversations. */
  added(report: Report): Report {
    const results = report.results.map((result) => {
      const conversation = this.#kept.get(result.check.id);
      return conversation === undefined ? result : { ...result, conversation };
    });
    return { ...report, results };
  }
}

/** The first and the last messages of a check. */
class Conversation {
  readonly #first: TraceEntry[] = [];
  #last: TraceEntry[] = [];
  #left = 0;

  add(entry: TraceEntry): void {
    if (this.#first.length < mostFirst) this.#first.push(entry);
    else this.#last.push(entry);
    if (this.#last.length < 2 * mostLast) return;
    this.#left += this.#last.length - mostLast;
    this.#last = this.#last.slice(-mostLast);
  }

  get entries(): readonly TraceEntry[] {
    const [before] = this.#first.slice(-1);
    if (this.#left === 0 || before === undefined) return [...this.#first, ...this.#last];
    const text = `${this.#left} messages are left out here; --trace FILE has them`;
    return [...this.#first, { ...gap(before), text }, ...this.#last];
  }
}

function gap({ time, check, process }: TraceEntry): TraceEntry {
  return { time, check, process, direction: "event" };
}
