import { decodeBase64 } from "./base64.ts";
import { elements, members, type Span } from "./json-text.ts";
import { readBoolean, readByte, readInt64, readString } from "./literal.ts";
import type { Int64, Response } from "./messages.ts";
import { Refusal } from "./refusal.ts";
import { Slice } from "./slice.ts";
import { parseTime } from "./time.ts";

const nothing = new Uint8Array(0);

/** The fields as Go names them. */
const fieldNames = ["ID", "Err", "KnownCommands", "Miss", "OutputID", "Size", "Time", "DiskPath"] as const;

type Field = (typeof fieldNames)[number];

/**
 * The response that a value is, as Go's decoder leaves it: null and {} are a response of zeros, unknown keys are
 * skipped, of keys that come twice the last one counts.
 *
 * Source: decodeState.object in encoding/json/decode.go.
 *
 * @param text the value in byte text, from its first byte to its last; the scanner has found its syntax right
 * @throws {Refusal} where a field has a value that Go does not put there
 */
export function readResponse(text: string): Response {
  const draft = new Draft(text);
  if (text !== "null") {
    for (const { key, value } of members(text)) {
      const name = fieldName(text, key);
      if (name !== undefined) draft.write(name, value);
    }
  }
  return draft.response();
}

/** A response while its fields come in. */
class Draft {
  readonly #text: string;
  #id: Int64 = 0;
  #err = "";
  readonly #knownCommands = new Slice("");
  #miss = false;
  readonly #outputID = new Slice(0);
  #size: Int64 = 0;
  #time: Temporal.Instant | undefined;
  #diskPath = "";

  constructor(text: string) {
    this.#text = text;
  }

  /** Puts the literal that stands at a place into a field. */
  write(name: Field, place: Span): void {
    switch (name) {
      case "ID":
        this.#id = this.#scalar(place, readInt64, "an integer of 64 bits for ID") ?? this.#id;
        break;
      case "Err":
        this.#err = this.#scalar(place, readString, "a string for Err") ?? this.#err;
        break;
      case "KnownCommands":
        this.#array(this.#knownCommands, place, readString, "an array of strings for KnownCommands");
        break;
      case "Miss":
        this.#miss = this.#scalar(place, readBoolean, "true or false for Miss") ?? this.#miss;
        break;
      case "OutputID":
        this.#writeOutputID(place);
        break;
      case "Size":
        this.#size = this.#scalar(place, readInt64, "an integer of 64 bits for Size") ?? this.#size;
        break;
      case "Time":
        this.#time = this.#scalar(place, readTime, "a time as in 2006-01-02T15:04:05Z for Time");
        break;
      case "DiskPath":
        this.#diskPath = this.#scalar(place, readString, "a string for DiskPath") ?? this.#diskPath;
        break;
    }
  }

  response(): Response {
    const outputID = this.#outputID.elements();
    return {
      id: this.#id,
      err: this.#err,
      knownCommands: Array.from(this.#knownCommands.elements()),
      miss: this.#miss,
      outputID: outputID.length === 0 ? nothing : new Uint8Array(outputID),
      size: this.#size,
      time: this.#time,
      diskPath: this.#diskPath,
    };
  }

  /** What a literal means; undefined is null, which Go skips over. */
  #scalar<T>(place: Span, read: (literal: string) => T | undefined, expected: string): T | undefined {
    const literal = this.#text.slice(place.start, place.end);
    if (literal === "null") return undefined;
    const value = read(literal);
    if (value === undefined) throw new Refusal(expected, place.start, place.end);
    return value;
  }

  #array<T>(slice: Slice<T>, place: Span, read: (literal: string) => T | undefined, expected: string): void {
    const literal = this.#text.slice(place.start, place.end);
    if (literal === "null") {
      slice.fill([]);
      return;
    }
    if (!literal.startsWith("[")) throw new Refusal(expected, place.start, place.end);
    const within = ({ start, end }: Span) => ({ start: place.start + start, end: place.start + end });
    slice.fill(elements(literal).map((element) => this.#scalar(within(element), read, expected)));
  }

  #writeOutputID(place: Span): void {
    const expected = "standard base64 with padding, or an array of bytes, for OutputID";
    if (this.#text[place.start] === '"')
      this.#outputID.replace(this.#scalar(place, readBase64, expected) ?? nothing);
    else this.#array(this.#outputID, place, readByte, expected);
  }
}

/** Base64, in which encoding/base64 skips line breaks. */
function readBase64(literal: string): Uint8Array | undefined {
  return decodeBase64((readString(literal) ?? "").replace(/[\r\n]+/g, ""));
}

/** Go reads the time from the literal as it stands, and so no escape is a part of one. */
function readTime(literal: string): Temporal.Instant | undefined {
  return literal.startsWith('"')
    ? parseTime(Buffer.from(literal, "latin1"), 1, literal.length - 1)
    : undefined;
}

/** The names of the fields by what they fold to. */
const foldedNames: ReadonlyMap<string, Field> = new Map(fieldNames.map((name) => [name.toLowerCase(), name]));

/** A longer key is no field's: "KnownCommands" has 13 letters, each of at most six characters where it is escaped. */
const longestKey = 2 + 13 * 6;

/**
 * The field that a key names. Go folds case by Unicode, where U+017F is an s and U+212A a k; toLowerCase knows the
 * second only. Source: foldName in encoding/json/fold.go.
 */
function fieldName(text: string, key: Span): Field | undefined {
  const plain = text.slice(key.start + 1, key.end - 1);
  for (const name of fieldNames) if (name === plain) return name;
  if (key.end - key.start > longestKey) return undefined;
  const name = readString(text.slice(key.start, key.end)) ?? "";
  return foldedNames.get(name.replaceAll("\u017f", "s").toLowerCase());
}
