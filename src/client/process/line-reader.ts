import { KeptLines } from "./kept-lines.ts";
import type { PipeReader } from "./pipe-reader.ts";

/** A longer line, in characters, is passed on in pieces; otherwise a program could fill our memory with one line. */
const longestLine = 64 * 1024;

/**
 * Reads a stream of text, passes each line to a callback, and keeps the first and last lines. Where a line or a piece
 * of one ends doesn't depend on the chunks.
 */
export class LineReader {
  readonly kept = new KeptLines();
  /** Resolves at the end of the stream, however it ended. */
  readonly ended: Promise<void>;
  readonly #pipe: PipeReader;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  /** The beginning of a line that isn't complete yet. */
  #rest = "";

  constructor(pipe: PipeReader, onLine: (line: string) => void) {
    this.#pipe = pipe;
    this.#onLine = onLine;
    this.ended = this.#read();
  }

  cancel(): void {
    this.#pipe.cancel();
  }

  async #read(): Promise<void> {
    for (let chunk = await this.#pipe.read(); chunk !== undefined; chunk = await this.#pipe.read()) {
      this.#push(this.#decoder.decode(chunk, { stream: true }));
    }
    this.#push(this.#decoder.decode());
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
  }

  #push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
    // Allow one more: it may be the \r of a line of exactly the longest length.
    while (this.#rest.length > longestLine + 1) {
      this.#emit(this.#rest.slice(0, longestLine));
      this.#rest = this.#rest.slice(longestLine);
    }
  }

  #line(line: string): void {
    let at = 0;
    for (; line.length - at > longestLine; at += longestLine) this.#emit(line.slice(at, at + longestLine));
    this.#emit(line.slice(at));
  }

  #emit(line: string): void {
    this.kept.add(line);
    try {
      this.#onLine(line);
    } catch (error) {
      // The callback's owner should see its error, but reading goes on.
      reportError(error);
    }
  }
}
