/** How many lines are kept from each end of a text, and how many characters of each line. */
const kept = { first: 10, last: 20, characters: 500 };

/**
 * The first line of a crash. Sources: Go's runtime/panic.go; Python's traceback; Rust's std/src/panicking.rs. Node.js and
 * Bun need no pattern: what they write for an uncaught error ends with the error.
 */
const crash =
  /^(?:panic: |fatal error: |SIG[A-Z]+: |Traceback \(most recent call last\)|thread '.*' .*panicked at)/;

/**
 * Keeps the first and the last of many lines, for an error message. The cause is in the first line of a Go panic, but
 * in the last line of a Python traceback. When a crash begins, its first line becomes the first line kept.
 */
export class KeptLines {
  #first: string[] = [];
  readonly #last: string[] = [];
  /** How many lines were left out before `#first`, and between `#first` and `#last`. */
  readonly #leftOut = { before: 0, between: 0 };

  add(line: string): void {
    const { characters } = kept;
    const short = line.length <= characters ? line : `${line.slice(0, characters)}…`;
    if (crash.test(short)) this.#startAnew();
    if (this.#first.length < kept.first) this.#first.push(short);
    else this.#last.push(short);
    if (this.#last.length <= kept.last) return;
    this.#last.shift();
    this.#leftOut.between++;
  }

  /** The kept lines in order. Each gap is a line that says how many were left out. */
  get all(): string[] {
    const { before, between } = this.#leftOut;
    return [...gap(before), ...this.#first, ...gap(between), ...this.#last];
  }

  #startAnew(): void {
    this.#leftOut.before += this.#first.length + this.#leftOut.between + this.#last.length;
    this.#leftOut.between = 0;
    this.#first = [];
    this.#last.length = 0;
  }
}

function gap(lines: number): string[] {
  return lines === 0 ? [] : [lines === 1 ? "… 1 line left out" : `… ${lines} lines left out`];
}
