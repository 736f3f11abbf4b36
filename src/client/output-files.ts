import { byteText } from "../wire/json/byte-text.ts";
import type { OutputID } from "./entry.ts";

/**
 * The paths the program named for outputs, in at least its last `count` responses and at most twice as many. Every hit
 * is noted and few are ever looked up, so noting one only adds to a list, and a lookup searches it from the end.
 */
export class OutputFiles {
  readonly #count: number;
  /** Strings, not arrays: those are the caller's, who may change them. */
  readonly #outputs: string[] = [];
  readonly #paths: string[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** @param path "" if the output has none any more */
  note(output: OutputID, path: string): void {
    this.#outputs.push(byteText(output));
    this.#paths.push(path);
    if (this.#paths.length < 2 * this.#count) return;
    this.#outputs.splice(0, this.#count);
    this.#paths.splice(0, this.#count);
  }

  /** Returns the path that was noted last. */
  find(output: OutputID): string | undefined {
    return this.#paths[this.#outputs.lastIndexOf(byteText(output))] || undefined;
  }
}
