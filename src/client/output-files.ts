import { byteText } from "../wire/json/byte-text.ts";
import type { OutputID } from "./entry.ts";

/**
 * The paths the program named for outputs, in at least its last `count` responses and at most twice as many. Every hit
 * is noted and few are ever looked up, so noting one is cheap: it joins a list that only a lookup indexes. Old ones are
 * dropped together, as a whole list: removing the oldest of a Map's 500,000 keys takes 8 us (Bun 1.4.5).
 */
export class OutputFiles {
  readonly #count: number;
  #young = new Notes();
  #old = new Notes();

  constructor(count: number) {
    this.#count = count;
  }

  /** @param path "" if the output has none any more */
  note(output: OutputID, path: string): void {
    if (this.#young.length >= this.#count) {
      this.#old = this.#young;
      this.#young = new Notes();
    }
    // A string, not the array: that is the caller's, who may change it.
    this.#young.add(byteText(output), path);
  }

  /** Returns the path that was noted last. */
  find(output: OutputID): string | undefined {
    const key = byteText(output);
    const path = this.#young.find(key) ?? this.#old.find(key);
    return path === "" ? undefined : path;
  }
}

class Notes {
  readonly #keys: string[] = [];
  readonly #paths: string[] = [];
  readonly #index = new Map<string, string>();
  /** How many notes are in the index. */
  #indexed = 0;

  get length(): number {
    return this.#keys.length;
  }

  add(key: string, path: string): void {
    this.#keys.push(key);
    this.#paths.push(path);
  }

  find(key: string): string | undefined {
    for (; this.#indexed < this.#keys.length; this.#indexed++)
      this.#index.set(this.#keys[this.#indexed] ?? "", this.#paths[this.#indexed] ?? "");
    return this.#index.get(key);
  }
}
