import type { ReadableStreamDefaultReader } from "node:stream/web";

/** A line of more characters than this is given in pieces, so that a program can not fill our memory with one. */
const longestLine = 64 * 1024;
/** How many of the last lines are kept for the message of an error, and how many characters of each. */
const kept = { lines: 10, characters: 500 };

/**
 * Reads a stream of text line by line, to a callback, and keeps the last lines. What is a line, and a piece of one,
 * does not depend on the chunks.
 */
export class LineReader {
  readonly tail: string[] = [];
  /** Resolves at the end of the stream, however it ended. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  /** The beginning of a line whose end has not come yet. */
  #rest = "";

  constructor(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void) {
    this.#reader = stream.getReader();
    this.#onLine = onLine;
    this.ended = this.#read();
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { value } = await this.#reader.read();
        if (value === undefined) break;
        this.#push(this.#decoder.decode(value, { stream: true }));
      }
    } catch {
      // A broken pipe is its end.
    }
    this.#push(this.#decoder.decode());
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
  }

  #push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
    // One more may be the \r of a line that is just not too long.
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
    const { lines, characters } = kept;
    this.tail.push(line.length <= characters ? line : `${line.slice(0, characters)}…`);
    if (this.tail.length > lines) this.tail.shift();
    try {
      this.#onLine(line);
    } catch (error) {
      // The callback's mistake is its owner's to see, and no reason to stop reading.
      reportError(error);
    }
  }
}
