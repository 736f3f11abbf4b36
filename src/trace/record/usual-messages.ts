import { byteText } from "../../wire/json/byte-text.ts";
import type { RequestEvent, ResponseEvent } from "../events.ts";

/*
 * A shortcut for the messages of a warm build: gets, and hits and misses, in the form in which go and most programs write
 * them. The decoders take ten times as long in a process that has just started. What it reads, they would read the same;
 * it leaves everything else to them.
 */

/** How much of a chunk is looked at, in bytes: gets are short, and the rest may be a body. */
const most = 8 * 1024;

const openBrace = 0x7b;

const request =
  /\{"ID":(0|[1-9]\d{0,14}),"Command":"(get|close)"(?:,"ActionID":"([A-Za-z\d+/]{43}=)")?\}\n\n/y;

const response =
  /\{"ID":(0|[1-9]\d{0,14})(,"Miss":true)?(?:,"OutputID":"([A-Za-z\d+/]{43}=)")?(?:,"Size":([1-9]\d{0,14}))?(?:,"Time":"((\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,8}[1-9])?Z)")?(?:,"DiskPath":"([ !#-[\]-~]+)")?\}\n/y;

/** Reads requests from the start of a chunk. @returns how many bytes of it were read */
export function readUsualRequests(
  bytes: Uint8Array,
  at: number,
  onRequest: (event: RequestEvent) => void,
): number {
  return read(bytes, request, ([, id = "", command = "", action]) => {
    const event: Draft<RequestEvent> = { kind: "request", at, id: Number(id), command };
    if (action !== undefined) event.action = hexOf(action);
    onRequest(event);
    return true;
  });
}

/** Reads responses from the start of a chunk. @returns how many bytes of it were read */
export function readUsualResponses(
  bytes: Uint8Array,
  at: number,
  onResponse: (event: ResponseEvent) => void,
): number {
  return read(bytes, response, ([, id = "", miss, output, size, time, date, path]) => {
    if (date !== undefined && !isDate(date)) return false;
    const event: Draft<ResponseEvent> = { kind: "response", at, id: Number(id) };
    if (miss !== undefined) event.miss = true;
    if (output !== undefined) event.output = hexOf(output);
    if (size !== undefined) event.size = Number(size);
    if (time !== undefined) event.time = time;
    if (path !== undefined) event.path = path;
    onResponse(event);
    return true;
  });
}

type Draft<T> = { -readonly [Name in keyof T]: T[Name] };

/** @param take returns whether it takes what was matched */
function read(bytes: Uint8Array, message: RegExp, take: (match: RegExpExecArray) => boolean): number {
  if (bytes[0] !== openBrace) return 0;
  const text = byteText(bytes, 0, Math.min(bytes.length, most));
  let end = 0;
  while (end < text.length) {
    message.lastIndex = end;
    const match = message.exec(text);
    if (match === null || !take(match)) break;
    end = message.lastIndex;
  }
  return end;
}

function hexOf(base64: string): string {
  return Uint8Array.fromBase64(base64).toHex();
}

/** The dates that were checked: a cache has few. */
const dates = new Map<string, boolean>();

function isDate(text: string): boolean {
  const known = dates.get(text);
  if (known !== undefined) return known;
  if (dates.size > 1000) dates.clear();
  const is = valid(text);
  dates.set(text, is);
  return is;
}

function valid(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}
