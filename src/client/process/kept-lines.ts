/** How many lines are kept of either end of a text, and how many characters of each. */
const kept = { first: 10, last: 20, characters: 500 };

/**
 * What a runtime writes at the beginning of a crash. Sources: runtime/panic.go; Python's traceback; Rust's
 * std/src/panicking.rs; what Node.js and Bun write of an error that nobody caught ends with the error.
 */
const crash =
  /^(?:panic: |fatal error: |SIG[A-Z]+: |Traceback \(most recent call last\)|thread '.*' .*panicked at)/;

/**
 * The first and the last of many lines, for the message of an error: what went wrong is in the first line of a Go
 * panic, and in the last of a Python traceback. A crash after many other lines is kept from its own first line on.
 */
export class KeptLines {
  #first: string[] = [];
  readonly #last: string[] = [];
  /** How many were left out before the first, and between the first and the last. */
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

  /** The lines in their order; one says how many were left out in its place. */
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
