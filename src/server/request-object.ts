import { CacheProgError } from "../errors.ts";
import { decodeBase64 } from "../wire/json/base64.ts";
import { printable } from "../wire/json/byte-text.ts";
import type { Int64, Request } from "../wire/messages.ts";

/** How much of a request an error message shows, in characters. */
const shown = 100;

/** The fields of a request, as parsed by JSON.parse. */
export type Fields = Readonly<Record<string, unknown>>;

/** Parses a JSON object. @throws {SyntaxError} the text isn't one */
export function parseObject(text: string): Fields {
  const fields: Fields | null = JSON.parse(text);
  if (fields === null || typeof fields !== "object") throw new SyntaxError("it isn't an object");
  return fields;
}

/**
 * Makes a request of its known fields and ignores others. Without an OutputID, it uses ObjectID, the name of the
 * field before Go 1.24.
 *
 * @param text the JSON of the fields: for an ID beyond 2^53, which JSON.parse rounds, and for error messages
 * @throws {CacheProgError} `PROTOCOL_ERROR`: a field has the wrong type, or ID or Command is missing
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

/** The ID of a request, if JSON.parse may have rounded it: read again from the text. */
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

/** The fields of an object, with each number as its source text. */
function parseSources(text: string): Fields {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? context?.source : value,
  );
}

/** The bytes of a field; undefined if it's missing, null or empty, which are the same to Go. */
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
  const found = name in fields ? "has the wrong type or is out of range" : "is missing";
  const message = `the ${name} of a request ${found}; expected ${expected}: ${printable(text, shown)}`;
  return new CacheProgError("PROTOCOL_ERROR", message);
}
