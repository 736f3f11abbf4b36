import { type Field, fieldName } from "./json/field-name.ts";
import { isNull, readBoolean, readInt64, readString, readTime } from "./json/literals.ts";
import { Refusal } from "./json/refusal.ts";
import { ByteSlice, StringSlice } from "./json/slices.ts";
import { endOfString, endOfValue, pastComma, skipSpace } from "./json/walk.ts";
import type { Response } from "./messages.ts";

const [quote, bracket, closingBrace] = [0x22, 0x5b, 0x7d];

/**
 * Reads a response as Go's decoder does: null and {} give zero values, unknown keys are skipped, and the last of repeated
 * keys counts, except that a null in its array keeps the element of the earlier one. Its time is linear in the length.
 *
 * Source: decodeState.object in encoding/json/decode.go.
 *
 * @param bytes the whole value, which the scanner has found valid
 * @throws {Refusal} if Go refuses the value of a field
 */
export function readResponse(bytes: Uint8Array): Response {
  const draft = new Draft(bytes);
  if (isNull(bytes, 0)) return draft.response();
  for (let at = skipSpace(bytes, 1); bytes[at] !== closingBrace; ) {
    const keyEnd = endOfString(bytes, at);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = endOfValue(bytes, start);
    const name = fieldName(bytes, at + 1, keyEnd - 1);
    if (name !== undefined) draft.write(name, start, end);
    at = pastComma(bytes, end);
  }
  return draft.response();
}

type Slices = "knownCommands" | "outputID";
type Values = { -readonly [Name in Exclude<keyof Response, Slices>]: Response[Name] };

/** A response while its fields are read. */
class Draft {
  readonly #bytes: Uint8Array;
  readonly #knownCommands = new StringSlice();
  readonly #outputID = new ByteSlice();
  readonly #values: Values = {
    id: 0,
    err: "",
    miss: false,
    size: 0,
    time: undefined,
    diskPath: "",
  };

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  response(): Response {
    const { id, err, miss, size, time, diskPath } = this.#values;
    const [knownCommands, outputID] = [this.#knownCommands.value(), this.#outputID.value()];
    return { id, err, knownCommands, miss, outputID, size, time, diskPath };
  }

  /** Sets a field to the literal from `from` to `to`. null clears a slice or Time, and leaves any other field. */
  write(name: Field, from: number, to: number): void {
    const [bytes, values] = [this.#bytes, this.#values];
    const isEmpty = isNull(bytes, from);
    if (name === "KnownCommands") this.#readCommands(from, to);
    else if (name === "OutputID") this.#readOutputID(from, to);
    else if (name === "Time") values.time = isEmpty ? undefined : this.#time(from, to);
    else if (isEmpty) return;
    else if (name === "ID") values.id = readInt64(bytes, from, to) ?? refuse(anInteger, name, from, to);
    else if (name === "Size") values.size = readInt64(bytes, from, to) ?? refuse(anInteger, name, from, to);
    else if (name === "Miss")
      values.miss = readBoolean(bytes, from) ?? refuse("true or false", name, from, to);
    else if (name === "Err") values.err = readString(bytes, from, to) ?? refuse("a string", name, from, to);
    else values.diskPath = readString(bytes, from, to) ?? refuse("a string", name, from, to);
  }

  #readCommands(from: number, to: number): void {
    const expected = "an array of strings for KnownCommands";
    if (isNull(this.#bytes, from)) this.#knownCommands.clear();
    else if (this.#bytes[from] === bracket) this.#knownCommands.readArray(this.#bytes, from, expected);
    else throw new Refusal(expected, from, to);
  }

  #time(from: number, to: number): Temporal.Instant {
    const time = readTime(this.#bytes, from, to, `${aTime} without escapes for Time`);
    return time ?? refuse(aTime, "Time", from, to);
  }

  #readOutputID(from: number, to: number): void {
    const expected = "standard base64 with padding, or an array of bytes, for OutputID";
    const bytes = this.#bytes;
    if (isNull(bytes, from)) this.#outputID.clear();
    else if (bytes[from] === bracket) this.#outputID.readArray(bytes, from, to, expected);
    else if (bytes[from] !== quote || !this.#outputID.readBase64(bytes, from, to))
      throw new Refusal(expected, from, to);
  }
}

const anInteger = "an integer of 64 bits";
const aTime = "a time as in 2006-01-02T15:04:05Z";

function refuse(expected: string, name: Field, from: number, to: number): never {
  throw new Refusal(`${expected} for ${name}`, from, to);
}
