import { stat } from "node:fs/promises";
import { readArgument } from "../../argument.ts";
import { checkAttached, isArrayBuffer, isBytes } from "../../bytes.ts";
import { ArgumentError, CacheProgError } from "../../errors.ts";
import { checkText, describe } from "../../text.ts";
import { blobBody } from "./blob-body.ts";
import { type BodySource, CallSettled, type PendingCall, unreadable } from "./body-source.ts";
import { BodyStream, checkStreamed, isStreamed, type StreamedBody } from "./body-stream.ts";
import { fileBody } from "./file-body.ts";
import { memoryBody } from "./memory-body.ts";
import { SpooledFile, spool } from "./spool.ts";

/**
 * What a put can store. A `Bun.file()` is a Blob; it must name a regular file by its path. A Blob's body is the bytes
 * its own methods return: Bun keeps a file's size from the first time it was read (Bun 1.4.5).
 *
 * A ReadableStream, a Response or an async iterable can be read only once. Its chunks are bytes, or strings that become
 * UTF-8. The put takes it over: it is read to its end, or cancelled if the put fails, whatever the reason. A request
 * begins with the size and SHA-256 of its body, so nothing is sent before the end of the stream. Up to 1 MiB is kept in
 * memory; a longer stream goes to a private file in os.tmpdir(), which is gone even if the process is killed. The
 * Response must have a status from 200 to 299; put its `body` to store another.
 */
export type Body = Uint8Array | ArrayBuffer | string | Blob | StreamedBody;

/** A body that can be put any number of times. */
export type RepeatableBody = Exclude<Body, StreamedBody> | SpooledFile;

/**
 * Makes a body repeatable: a stream is read to its end, and any other body returned as it is.
 *
 * @returns close it after the last put, if it's a SpooledFile
 * @throws (rejects) as {@link openBody}
 */
export async function repeatable(body: Body, call: PendingCall): Promise<RepeatableBody> {
  return isStreamed(body) ? spool(new BodyStream(body), call) : body;
}

/**
 * Finds the size and OutputID of a body. Synchronous for a small body in memory. A file up to 64 KiB is read once, and
 * the same bytes are hashed and sent; a larger one stays open.
 *
 * @param busy whether other bodies are being opened or sent
 * @param call the call that needs the body. When it settles, the work stops and `CallSettled` is thrown
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` for a file that doesn't exist, isn't regular or can't be read
 */
export function openBody(
  body: RepeatableBody,
  busy = false,
  call: PendingCall = noCall,
): BodySource | Promise<BodySource> {
  try {
    const source = open(body, busy, call);
    return source instanceof Promise ? source.catch((error) => Promise.reject(ours(error))) : source;
  } catch (error) {
    return Promise.reject(ours(error));
  }
}

/** Wraps foreign errors, from a Blob's methods or a transferred array, in a CacheProgError. */
function ours(error: unknown): Error {
  return error instanceof CacheProgError || error instanceof CallSettled
    ? error
    : unreadable("(in memory)", error);
}

/** For a body without a call: opening it never stops early. */
const noCall: PendingCall = { settled: false, whenSettled: undefined };

function open(body: RepeatableBody, busy: boolean, call: PendingCall): BodySource | Promise<BodySource> {
  if (typeof body === "string") return memoryBody(new TextEncoder().encode(body), call);
  if (isBytes(body)) return memoryBody(body, call);
  if (isArrayBuffer(body)) return memoryBody(new Uint8Array(body), call);
  if (body instanceof SpooledFile) return body.open();
  return openBlob(body, busy, call);
}

async function openBlob(body: Blob, busy: boolean, call: PendingCall): Promise<BodySource> {
  const name = blobName(body);
  if ("bucket" in body) throw unreadable(name ?? "(in S3)", "it is in S3; download it and put the bytes");
  const behind = await fileBehind(body, name ?? "(a file descriptor)");
  if (behind === undefined) return blobBody(body, name ?? "(a Blob)", call);
  if (name === undefined)
    throw unreadable("(a file descriptor)", "it is a file descriptor; expected a file with a path");
  return (await isWhole(body, name, behind)) ? fileBody(name, busy, call) : blobBody(body, name, call);
}

/** @throws {ArgumentError} if the value isn't a body; the message describes it */
export function checkBody(body: unknown): asserts body is Body | SpooledFile {
  if (typeof body === "string") checkText(body, "the body");
  else if (isBytes(body)) checkAttached(body.buffer, "the body");
  else if (isArrayBuffer(body)) checkAttached(body, "the body");
  else readArgument("the body", () => checkObject(body));
}

function checkObject(body: unknown): void {
  if (body instanceof SpooledFile) return;
  if (isStreamed(body)) checkStreamed(body);
  else checkBlob(body);
}

/** Cancels a stream that won't be put, so that its source isn't left open. Ignores what isn't a stream, or is in use. */
export function discardBody(body: unknown, why: unknown): void {
  try {
    checkBody(body);
    if (isStreamed(body)) new BodyStream(body).cancel(why);
  } catch {
    // It isn't a body, or somebody else reads it.
  }
}

function checkBlob(body: unknown): void {
  // An object that only inherits from Blob.prototype passes instanceof, but throws on access.
  if (body instanceof Blob && typeof body.type === "string") return;
  const expected = "expected bytes, a string, a Blob, a Bun.file(), a stream of bytes or a Response";
  throw new ArgumentError(`the body is ${describe(body)}; ${expected}`);
}

/** The name of a Blob: the path of a `Bun.file()`, or any text for a File made in memory. */
function blobName(blob: Blob): string | undefined {
  return "name" in blob && typeof blob.name === "string" && blob.name !== "" ? blob.name : undefined;
}

/** Identifies a file. */
interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
}

/** Returns the file behind a Blob, or undefined if it is in memory. @throws {CacheProgError} if it isn't a regular file */
async function fileBehind(blob: Blob, name: string): Promise<FileIdentity | undefined> {
  // In Bun 1.4.5 every Blob has stat, though its types declare it for files only. It resolves to undefined in memory.
  if (!("stat" in blob) || typeof blob.stat !== "function") return undefined;
  let stats: Awaited<ReturnType<typeof stat>> | undefined;
  try {
    stats = await blob.stat();
  } catch (cause) {
    throw unreadable(name, cause);
  }
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) throw unreadable(name, "it is a directory; expected a regular file");
  // Opening a FIFO would wait for a writer, and a device has no size to send.
  if (!stats.isFile()) throw unreadable(name, "it is not a regular file; read it first and put the bytes");
  return { dev: Number(stats.dev), ino: Number(stats.ino), size: Number(stats.size) };
}

/**
 * Whether a Blob is the whole file at the path that is its name. A slice of a file has the file's name and may report
 * its size, but can't read the byte at the file's last position. A Blob that isn't whole is read as a Blob.
 * This never reads blob.size: Bun would keep it, and it would be wrong if the file has changed by the next put.
 */
async function isWhole(blob: Blob, name: string, { dev, ino, size }: FileIdentity): Promise<boolean> {
  const named = await stat(name).catch(() => undefined);
  if (named?.dev !== dev || named.ino !== ino) return false;
  if (size === 0) return true;
  const last = await blob
    .slice(size - 1, size)
    .arrayBuffer()
    .catch((cause) => Promise.reject(unreadable(name, cause)));
  return last.byteLength === 1;
}
