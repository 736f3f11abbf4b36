import { decodeBase64 } from "./base64.ts";
import { isDigit, isNull, readString } from "./literals.ts";
import { Refusal } from "./refusal.ts";
import { endOfValue, endsLiteral, pastComma, skipSpace } from "./walk.ts";

/*
 * Fields that are slices in Go. If a key appears again, Go reads its value into the memory of the earlier one, and a null
 * in an array keeps the element that is there. A value of null or [] drops the memory.
 *
 * Source: Go 1.27, makeBytesArshaler and makeSliceArshaler in encoding/json/v2/arshal_default.go. Up to 1.26,
 * decodeState.array in encoding/json/decode.go does the same, but base64 gets new memory.
 */

const [zero, closingBracket] = [0x30, 0x5d];

const nothing = new Uint8Array(0);

/** The value of KnownCommands. */
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

  /** Reads the array at `from`. @throws {Refusal} if an element isn't a string */
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

/** The value of OutputID. */
export class ByteSlice {
  /** Bytes after the greatest length so far are 0. */
  #memory: Uint8Array = nothing;
  #length = 0;

  value(): Uint8Array {
    return this.#length === this.#memory.length ? this.#memory : this.#memory.slice(0, this.#length);
  }

  clear(): void {
    this.#memory = nothing;
    this.#length = 0;
  }

  /** Reads a string of base64; like encoding/base64, it skips line breaks. Returns false if the string is anything else. */
  readBase64(bytes: Uint8Array, from: number, to: number): boolean {
    const read = decodeBase64((readString(bytes, from, to) ?? "").replace(/[\r\n]+/g, ""));
    if (read === undefined) return false;
    if (read.length < this.#memory.length) this.#memory.set(read);
    else this.#memory = read;
    this.#length = read.length;
    return true;
  }

  /** Reads an array of numbers. @throws {Refusal} if an element isn't a byte */
  readArray(bytes: Uint8Array, from: number, to: number, expected: string): void {
    // An element and its comma or bracket take at least two bytes.
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
