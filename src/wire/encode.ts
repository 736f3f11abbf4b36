import { ArgumentError } from "../errors.ts";
import type { Int64, Request, Response } from "./messages.ts";

const text = new TextEncoder();

/**
 * The exact bytes of a request as go writes them: one line of JSON and an empty line. The body of a put follows from
 * {@link BodyEncoder}, if there is one.
 *
 * Fields stand in go's order and are left out where go leaves them out (an id that is absent or of no length, a
 * bodySize of 0). Source: cmd/go/internal/cache/prog.go, writeToChild.
 *
 * @throws {ArgumentError} id or bodySize is not an {@link Int64}
 */
export function encodeRequest(request: Request): Uint8Array {
  return text.encode(requestText(request));
}

/** {@link encodeRequest} before it is bytes: for a writer that joins many requests to one write. All of it is ASCII. */
export function requestText(request: Request): string {
  return withID(request.id, requestFields(request));
}

/** The text of a request whose {@link requestFields} were made before its turn came, and with it the id. */
export function withID(id: Int64, fields: string): string {
  return `{"ID":${integer("id", id)},${fields}`;
}

/** The commands of almost all requests, as they stand there. */
const quoted: ReadonlyMap<string, string> = new Map([
  ["get", '"get"'],
  ["put", '"put"'],
]);

/** What stands after the id in the text of a request. */
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
 * A response as a Go program would write it with encoding/json: one object on one line, without the fields that
 * have their zero value, but for ID. Only <, > and & are not escaped, which is all the same to who reads it.
 *
 * @throws {ArgumentError} id or size is not an {@link Int64}, or the time is not in the years 0 to 9999
 */
export function encodeResponse(response: Partial<Response> & Pick<Response, "id">): Uint8Array {
  return text.encode(responseText(response));
}

/** {@link encodeResponse} before it is bytes: for a writer that joins many responses to one write. */
export function responseText(response: Partial<Response> & Pick<Response, "id">): string {
  const { size = 0 } = response;
  let line = `{"ID":${integer("id", response.id)}`;
  if (response.err) line += `,"Err":${JSON.stringify(response.err)}`;
  if (response.knownCommands?.length) line += `,"KnownCommands":${JSON.stringify(response.knownCommands)}`;
  if (response.miss) line += `,"Miss":true`;
  if (response.outputID?.length) line += `,"OutputID":"${response.outputID.toBase64()}"`;
  // Not by its truth: NaN has to be refused.
  if (size !== 0 && size !== 0n) line += `,"Size":${integer("size", size)}`;
  if (response.time) line += `,"Time":"${timeText(response.time)}"`;
  if (response.diskPath) line += `,"DiskPath":${JSON.stringify(response.diskPath)}`;
  return `${line}}\n`;
}

/** RFC 3339, as Temporal writes it too, but for years that have more than four digits there and none in RFC 3339. */
function timeText(time: Temporal.Instant): string {
  const written = time.toString();
  if (written[0] !== "+" && written[0] !== "-") return written;
  throw new ArgumentError(`time is ${written}; expected one of the years 0 to 9999`);
}

/** The integer itself. What is not one, or is none of 64 bits, Go refuses, and with it the connection. */
function integer(name: string, value: Int64): Int64 {
  if (typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value))
    return value;
  throw new ArgumentError(`${name} is ${value}; expected an integer of 64 bits, as a bigint beyond 2^53`);
}
