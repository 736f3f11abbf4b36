import { writeSync } from "node:fs";
import { hasCode } from "../../trouble.ts";
import type { Screen } from "../terminal/screen.ts";
import { replayed } from "./colours.ts";

const [newline, carriageReturn] = [0x0a, 0x0d];
/** A longer line is passed on in pieces, in bytes. */
const longestLine = 1024 * 1024;

/**
 * What the commands of steps print, passed on to stdout and stderr. One step's output is passed on as it is. If several
 * steps run side by side, each line begins with the name of its step, and lines stay whole.
 */
export class StepOutput {
  readonly #screen: Screen;
  readonly #prefix: Uint8Array | undefined;
  readonly #to: { readonly 1: 1 | 2; readonly 2: 1 | 2 };
  /** The part of a line that has no end yet, by stream. */
  readonly #begun: Record<1 | 2, { readonly pieces: Uint8Array[]; size: number }> = {
    1: { pieces: [], size: 0 },
    2: { pieces: [], size: 0 },
  };

  /**
   * @param name undefined: pass on as it is
   * @param to where stdout and stderr go: both to stderr if stdout is for JSON
   */
  constructor(screen: Screen, name: string | undefined, to: { readonly 1: 1 | 2; readonly 2: 1 | 2 }) {
    this.#screen = screen;
    this.#prefix = name === undefined ? undefined : Buffer.from(`${screen.style("dim", `${name} │`)} `);
    this.#to = to;
  }

  /** Passes bytes on. The memory can be reused afterwards. */
  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#prefix === undefined) this.#pass(stream, bytes);
    else this.#writeLines(stream, this.#prefix, bytes);
  }

  /** Passes on what the command printed when it ran. */
  replay(stream: 1 | 2, bytes: Uint8Array): void {
    this.write(stream, replayed(this.#to[stream], bytes));
  }

  #writeLines(stream: 1 | 2, prefix: Uint8Array, bytes: Uint8Array): void {
    const begun = this.#begun[stream];
    const end = bytes.lastIndexOf(newline) + 1;
    if (end > 0) this.#pass(stream, prefixed(prefix, this.#take(stream, bytes.subarray(0, end))));
    if (end === bytes.length) return;
    begun.pieces.push(bytes.slice(end));
    begun.size += bytes.length - end;
    if (begun.size > longestLine) this.end();
  }

  /** Passes on lines without an end. Call it when the command has ended. */
  end(): void {
    for (const stream of [1, 2] as const) {
      if (this.#prefix !== undefined && this.#begun[stream].size > 0)
        this.#pass(stream, prefixed(this.#prefix, this.#take(stream, Uint8Array.of(newline))));
    }
  }

  /** What has no end yet, and the bytes that end it. */
  #take(stream: 1 | 2, bytes: Uint8Array): Uint8Array {
    const begun = this.#begun[stream];
    const whole = Buffer.concat([...begun.pieces.splice(0), bytes]);
    begun.size = 0;
    return whole;
  }

  #pass(stream: 1 | 2, bytes: Uint8Array): void {
    const fd = this.#to[stream];
    this.#screen.aside(() => writeAll(fd, bytes), { fd, isLineOpen: bytes.at(-1) !== newline });
  }
}

/**
 * Puts the prefix before each line, and after a carriage return within one, which goes back to its beginning. The bytes
 * of the lines stay as they are, whatever their encoding.
 */
function prefixed(prefix: Uint8Array, lines: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [prefix];
  let from = 0;
  for (let at = 0; at < lines.length - 1; at++) {
    const isEnd = lines[at] === newline || (lines[at] === carriageReturn && lines[at + 1] !== newline);
    if (!isEnd) continue;
    parts.push(lines.subarray(from, at + 1), prefix);
    from = at + 1;
  }
  parts.push(lines.subarray(from));
  return Buffer.concat(parts);
}

/** Writes all bytes before it returns. A reader that is gone is no reason to stop the build. */
function writeAll(fd: 1 | 2, bytes: Uint8Array): void {
  for (let left = bytes; left.length > 0; ) {
    try {
      left = left.subarray(writeSync(fd, left));
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) return;
      Bun.sleepSync(1); // another process made the pipe non-blocking, and it is full
    }
  }
}
