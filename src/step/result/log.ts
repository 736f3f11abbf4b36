import { type LogPart, logLimit } from "./manifest.ts";

/** What a command prints, in the order in which it came. */
export class Log {
  readonly parts: LogPart[] = [];
  readonly chunks: Uint8Array[] = [];
  #size = 0;

  /** Whether the command printed more than is kept. */
  get isCut(): boolean {
    return this.#size > logLimit;
  }

  /** Adds a copy of the bytes. */
  add(stream: 1 | 2, bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.isCut || bytes.length === 0) return;
    this.chunks.push(bytes.slice());
    const last = this.parts.at(-1);
    if (last?.[0] === stream) this.parts[this.parts.length - 1] = [stream, last[1] + bytes.length];
    else this.parts.push([stream, bytes.length]);
  }
}
