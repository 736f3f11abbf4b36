import { decodeBase64 } from "./base64.ts";
import { isDigit, isNull, readString } from "./literals.ts";
import { Refusal } from "./refusal.ts";
import { endOfValue, endsLiteral, pastComma, skipSpace } from "./walk.ts";

/*
 * Fields that are slices in Go. A value that comes again under its key is read into the memory of the one before it, where a
 * null in an array leaves what is there. null and [] let go of the memory.
 *
 * Source: Go 1.27, makeBytesArshaler and makeSliceArshaler in encoding/json/v2/arshal_default.go. Up to 1.26,
 * decodeState.array in encoding/json/decode.go does the same, but base64 gets new memory.
 */

const [zero, closingBracket] = [0x30, 0x5d];

const nothing = new Uint8Array(0);

/** KnownCommands. */
export class StringSlice {
  #memory: string[] = [];
  #length = 0;

  value(): readonly string[] {
    return this.#length === this.#memory.length ? this.#memory : this.#memory.slice(0, this.#length);
  }

  clear(): void {
    this.#memory = [];
    this.#length = 0;
  }

  /** Reads the array that begins at a place. @throws {Refusal} where an element is no string */
  readArray(bytes: Uint8Array, from: number, expected: string): void {
    let length = 0;
    for (let at = skipSpace(bytes, from + 1); bytes[at] !== closingBracket; length++) {
      const end = endOfValue(bytes, at);
      const string = isNull(bytes, at) ? (this.#memory[length] ?? "") : readString(bytes, at, end);
      if (string === undefined) throw new Refusal(expected, at, end);
      this.#memory[length] = string;
      at = pastComma(bytes, end);
    }
    if (length === 0) this.clear();
    this.#length = length;
  }
}

/** OutputID. */
export class ByteSlice {
  /** What it has beyond the greatest length so far is 0. */
  #memory: Uint8Array = nothing;
  #length = 0;

  value(): Uint8Array {
    return this.#length === this.#memory.length ? this.#memory : this.#memory.slice(0, this.#length);
  }

  clear(): void {
    this.#memory = nothing;
    this.#length = 0;
  }

  /** Reads a string of base64, in which encoding/base64 skips line breaks. Returns whether it is one. */
  readBase64(bytes: Uint8Array, from: number, to: number): boolean {
    const read = decodeBase64((readString(bytes, from, to) ?? "").replace(/[\r\n]+/g, ""));
    if (read === undefined) return false;
    if (read.length < this.#memory.length) this.#memory.set(read);
    else this.#memory = read;
    this.#length = read.length;
    return true;
  }

  /** Reads an array of numbers. @throws {Refusal} where an element is no byte */
  readArray(bytes: Uint8Array, from: number, to: number, expected: string): void {
    // An element and what follows it have two bytes at least.
    this.#reserve((to - from) >> 1);
    let length = 0;
    for (let at = skipSpace(bytes, from + 1); bytes[at] !== closingBracket; length++) {
      const start = at;
      let value = 0;
      if (isNull(bytes, at)) {
        at += 4;
        value = this.#memory[length] ?? 0;
      } else for (; isDigit(bytes[at]) && value <= 255; at++) value = value * 10 + (bytes[at] ?? 0) - zero;
      if (at === start || value > 255 || !endsLiteral(bytes[at]))
        throw new Refusal(expected, start, endOfValue(bytes, start));
      this.#memory[length] = value;
      at = pastComma(bytes, at);
    }
    if (length === 0) this.clear();
    this.#length = length;
  }

  #reserve(length: number): void {
    if (length <= this.#memory.length) return;
    const memory = new Uint8Array(Math.max(length, 2 * this.#memory.length));
    memory.set(this.#memory);
    this.#memory = memory;
  }
}
