import { CacheProgError } from "../errors.ts";
import { decodeBase64 } from "../wire/json/base64.ts";
import { printable } from "../wire/json/byte-text.ts";
import type { Int64, Request } from "../wire/messages.ts";

/** So much of a request goes into the message of an error, in characters. */
const shown = 100;

/** The fields of a request, as JSON.parse leaves them. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws {SyntaxError} where the text is not the JSON of an object */
export function parseObject(text: string): Fields {
  const fields: Fields | null = JSON.parse(text);
  if (fields === null || typeof fields !== "object") throw new SyntaxError("it is not an object");
  return fields;
}

/**
 * The fields that a request has; any others are left out. OutputID is ObjectID, as it was called before Go 1.24,
 * where the request has no other.
 *
 * @param text what the fields were parsed from: JSON.parse rounds integers beyond 2^53, and an error shows what stood there
 * @throws {CacheProgError} `PROTOCOL_ERROR` where a field is of the wrong type, or ID or Command is missing
 */
export function readRequest(fields: Fields, text: string): Request {
  const { ID: id, Command: command, BodySize: size } = fields;
  if (typeof command !== "string") throw wrong(fields, text, "Command", "a string");
  const actionID = bytesOf(fields, text, "ActionID");
  const objectID = "ObjectID" in fields ? bytesOf(fields, text, "ObjectID") : undefined;
  const outputID = "OutputID" in fields ? (bytesOf(fields, text, "OutputID") ?? objectID) : objectID;
  const bodySize = size ?? 0;
  if (typeof bodySize !== "number" || !Number.isSafeInteger(bodySize) || bodySize < 0)
    throw wrong(fields, text, "BodySize", "a number of bytes");
  const isExact = typeof id === "number" && Number.isSafeInteger(id);
  return { id: isExact ? id : exactID(fields, id, text), command, actionID, outputID, bodySize, objectID };
}

/** The ID where it is no number that is certain to be exact. */
function exactID(fields: Fields, id: unknown, text: string): Int64 {
  if (typeof id === "number") {
    const { ID: source } = parseSources(text);
    if (typeof source === "string" && /^-?\d{1,19}$/.test(source)) {
      const exact = BigInt(source);
      if (BigInt.asIntN(64, exact) === exact) return exact;
    }
  }
  throw wrong(fields, text, "ID", "an integer of 64 bits");
}

/** The fields of an object with the text of each number in its place. */
function parseSources(text: string): Fields {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? context?.source : value,
  );
}

/** The bytes of a field; undefined where it is not there, null or empty, which are the same to Go. */
function bytesOf(
  fields: Fields,
  text: string,
  name: "ActionID" | "OutputID" | "ObjectID",
): Uint8Array | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw wrong(fields, text, name, "bytes in base64");
  return bytes;
}

function wrong(fields: Fields, text: string, name: string, expected: string): CacheProgError {
  const found = name in fields ? "is something else" : "is missing";
  const message = `the ${name} of a request has to be ${expected}, and ${found}: ${printable(text, shown)}`;
  return new CacheProgError("PROTOCOL_ERROR", message);
}
