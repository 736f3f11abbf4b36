import { writeSync } from "node:fs";
import { hasCode } from "../../trouble.ts";
import type { Screen } from "../terminal/screen.ts";

const newline = 0x0a;

/**
 * What the commands of steps print, passed on to stdout and stderr. One step's output is passed on as it is. If several
 * steps run side by side, each line begins with the name of its step, and lines stay whole.
 */
export class StepOutput {
  readonly #screen: Screen;
  readonly #prefix: string;
  readonly #to: { readonly 1: 1 | 2; readonly 2: 1 | 2 };
  /** The part of a line that has no end yet, by stream. */
  readonly #begun: Record<1 | 2, Uint8Array[]> = { 1: [], 2: [] };

  /**
   * @param name undefined: pass on as it is
   * @param to where stdout and stderr go: both to stderr if stdout is for JSON
   */
  constructor(screen: Screen, name: string | undefined, to: { readonly 1: 1 | 2; readonly 2: 1 | 2 }) {
    this.#screen = screen;
    this.#prefix = name === undefined ? "" : `${screen.style("dim", `${name} │`)} `;
    this.#to = to;
  }

  /** Passes bytes on. The memory can be reused afterwards. */
  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (this.#prefix === "") this.#pass(stream, bytes);
    else this.#writeLines(stream, bytes);
  }

  #writeLines(stream: 1 | 2, bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(newline) + 1;
    const begun = this.#begun[stream];
    if (end > 0) {
      this.#passLines(stream, Buffer.concat([...begun, bytes.subarray(0, end)]));
      begun.length = 0;
    }
    if (end < bytes.length) begun.push(bytes.slice(end));
  }

  /** Passes on lines without an end. Call it when the command has ended. */
  end(): void {
    for (const stream of [1, 2] as const) {
      const rest = Buffer.concat(this.#begun[stream]);
      if (rest.length > 0) this.#passLines(stream, Buffer.concat([rest, new TextEncoder().encode("\n")]));
      this.#begun[stream].length = 0;
    }
  }

  #passLines(stream: 1 | 2, lines: Uint8Array): void {
    const text = new TextDecoder().decode(lines);
    const prefixed = text.slice(0, -1).replaceAll(/^/gm, this.#prefix);
    this.#pass(stream, Buffer.from(`${prefixed}\n`));
  }

  #pass(stream: 1 | 2, bytes: Uint8Array): void {
    this.#screen.aside(() => writeAll(this.#to[stream], bytes));
  }
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
