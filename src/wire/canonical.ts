import { decodeBase64 } from "./base64.ts";
import { readInt64 } from "./literal.ts";
import type { Response } from "./messages.ts";
import { parseTime } from "./time.ts";

/**
 * A response as Go's encoder and encodeResponse write it: no white space, each field at most once and in order, plain
 * ASCII without escapes, integers that are exact as doubles. KnownCommands and Err are too rare to be here.
 */
const canonical =
  /\{"ID":(0|[1-9]\d{0,14})(?:,"Miss":(true))?(?:,"OutputID":"([A-Za-z0-9+/=]*)")?(?:,"Size":(0|[1-9]\d{0,14}))?(?:,"Time":"([0-9TZ:.+-]*)")?(?:,"DiskPath":"([ !#-[\]-~]*)")?\}/y;

const nothing = new Uint8Array(0);

/**
 * Reads a response that begins at a place of a byte text, if it is written the canonical way and whole. It is a short
 * cut and nothing more: what it matches is JSON, its literals mean what they mean to readResponse, and where it can
 * not tell (or a field is wrong) it returns undefined and leaves the judgement to the scanner and readResponse.
 *
 * @param bytes the same bytes as the text; the path is made from them, for a part of the text would keep all of it alive
 */
export function readCanonical(
  text: string,
  bytes: Buffer,
  at: number,
): { readonly response: Response; readonly end: number } | undefined {
  canonical.lastIndex = at;
  const match = canonical.exec(text);
  if (match === null) return undefined;
  const end = canonical.lastIndex;
  const [, idText = "", missText, outputText, sizeText = "0", timeText, pathText = ""] = match;
  const id = readInt64(idText);
  const size = readInt64(sizeText);
  const outputID = outputText === undefined ? nothing : decodeBase64(outputText);
  const time = timeText === undefined ? undefined : parseTime(timeText);
  if (id === undefined || size === undefined || outputID === undefined) return undefined;
  if (time === undefined && timeText !== undefined) return undefined;
  const pathEnd = end - '"}'.length;
  const diskPath = pathText === "" ? "" : bytes.toString("latin1", pathEnd - pathText.length, pathEnd);
  const miss = missText !== undefined;
  return { response: { id, err: "", knownCommands: [], miss, outputID, size, time, diskPath }, end };
}
