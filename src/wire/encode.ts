import { ArgumentError } from "../errors.ts";
import type { Int64, Request, Response } from "./messages.ts";

const text = new TextEncoder();

/**
 * Encodes a request exactly as go does: one line of JSON and an empty line. If a put has a body, encode it with
 * {@link BodyEncoder} and send it next.
 *
 * Fields are in go's order, and omitted when go omits them: an id that is missing or empty, a bodySize of 0.
 * Source: cmd/go/internal/cache/prog.go, writeToChild.
 *
 * @throws {ArgumentError} if id or bodySize isn't an {@link Int64}
 */
export function encodeRequest(request: Request): Uint8Array {
  return text.encode(requestText(request));
}

/** Like {@link encodeRequest}, but as ASCII text, to join many requests in one write. */
export function requestText(request: Request): string {
  return withID(request.id, requestFields(request));
}

/** Adds the id to {@link requestFields}, which can be made before the id is known. */
export function withID(id: Int64, fields: string): string {
  return `{"ID":${integer("id", id)},${fields}`;
}

/** Almost all requests are one of these, already quoted. */
const quoted: ReadonlyMap<string, string> = new Map([
  ["get", '"get"'],
  ["put", '"put"'],
]);

/** The text of a request after its id. */
export function requestFields(request: Omit<Request, "id">): string {
  const { actionID, outputID, objectID, bodySize = 0 } = request;
  let fields = `"Command":${quoted.get(request.command) ?? JSON.stringify(request.command)}`;
  if (actionID?.length) fields += `,"ActionID":"${actionID.toBase64()}"`;
  if (outputID?.length) fields += `,"OutputID":"${outputID.toBase64()}"`;
  if (bodySize !== 0) fields += `,"BodySize":${integer("bodySize", bodySize)}`;
  if (objectID?.length) fields += `,"ObjectID":"${objectID.toBase64()}"`;
  return `${fields}}\n\n`;
}

/**
 * Encodes a response as Go's encoding/json would: one object on one line, without zero values except ID. Unlike Go it
 * doesn't escape <, > and &, which no reader can tell.
 *
 * @throws {ArgumentError} if id or size isn't an {@link Int64}, or the time isn't in the years 0 to 9999
 */
export function encodeResponse(response: Partial<Response> & Pick<Response, "id">): Uint8Array {
  return text.encode(responseText(response));
}

/** Like {@link encodeResponse}, but as text, to join many responses in one write. */
export function responseText(response: Partial<Response> & Pick<Response, "id">): string {
  const { size = 0 } = response;
  let line = `{"ID":${integer("id", response.id)}`;
  if (response.err) line += `,"Err":${JSON.stringify(response.err)}`;
  if (response.knownCommands?.length) line += `,"KnownCommands":${JSON.stringify(response.knownCommands)}`;
  if (response.miss) line += `,"Miss":true`;
  if (response.outputID?.length) line += `,"OutputID":"${response.outputID.toBase64()}"`;
  // Not `if (size)`: NaN must be refused.
  if (size !== 0 && size !== 0n) line += `,"Size":${integer("size", size)}`;
  if (response.time) line += `,"Time":"${timeText(response.time)}"`;
  if (response.diskPath) line += `,"DiskPath":${JSON.stringify(response.diskPath)}`;
  return `${line}}\n`;
}

/** Temporal writes RFC 3339, except that it gives years outside 0 to 9999 a sign and more digits. */
function timeText(time: Temporal.Instant): string {
  const written = time.toString();
  if (written[0] !== "+" && written[0] !== "-") return written;
  throw new ArgumentError(`time is ${written}; expected one of the years 0 to 9999`);
}

/** Returns the integer. Go would refuse anything but one of 64 bits, and end the connection. */
function integer(name: string, value: Int64): Int64 {
  if (typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value))
    return value;
  throw new ArgumentError(`${name} is ${value}; expected a 64-bit integer (a bigint beyond 2^53)`);
}
