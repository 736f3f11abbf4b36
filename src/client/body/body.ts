import { stat } from "node:fs/promises";
import { types } from "node:util";
import { readArgument } from "../../argument.ts";
import { checkAttached, isBytes } from "../../bytes.ts";
import { ArgumentError, CacheProgError } from "../../errors.ts";
import { checkText, describe } from "../../text.ts";
import { blobBody } from "./blob-body.ts";
import { type BodySource, Unwanted, unreadable, type Wanted } from "./body-source.ts";
import { fileBody } from "./file-body.ts";
import { memoryBody } from "./memory-body.ts";

/**
 * What a put can store. A `Bun.file()` is a Blob; of the file system, only a regular file can be put, by its path. A
 * Blob has the bytes that its own methods give: Bun remembers the size of a file from the first time that it was asked.
 */
export type Body = Uint8Array | ArrayBuffer | string | Blob;

/**
 * Finds out size and OutputID of a body: at once, if it is in memory and not large. Files up to 64 KiB are read once, and sent from the bytes that were hashed;
 * larger ones are held open.
 *
 * @param busy whether other bodies are opened or sent at the same time
 * @param wanted who wants it; an `Unwanted` is thrown, and the work stops, when that is settled
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` for a file that is not there, not regular or can not be read
 */
export function openBody(
  body: Body,
  busy = false,
  wanted: Wanted = always,
): BodySource | Promise<BodySource> {
  try {
    const source = open(body, busy, wanted);
    return source instanceof Promise ? source.catch((error) => Promise.reject(ours(error))) : source;
  } catch (error) {
    return Promise.reject(ours(error));
  }
}

/** What the methods of a Blob throw, and an array that is not what it was: nobody else's errors reach the caller. */
function ours(error: unknown): Error {
  return error instanceof CacheProgError || error instanceof Unwanted
    ? error
    : unreadable("(in memory)", error);
}

/** Nobody who wants a body for its OutputID alone leaves. */
const always: Wanted = { settled: false, whenSettled: undefined };

function open(body: Body, busy: boolean, wanted: Wanted): BodySource | Promise<BodySource> {
  if (typeof body === "string") return memoryBody(new TextEncoder().encode(body), wanted);
  if (isBytes(body)) return memoryBody(body, wanted);
  if (types.isArrayBuffer(body)) return memoryBody(new Uint8Array(body), wanted);
  return openBlob(body, busy, wanted);
}

async function openBlob(body: Blob, busy: boolean, wanted: Wanted): Promise<BodySource> {
  const name = blobName(body);
  if ("bucket" in body) throw unreadable(name ?? "(in S3)", "it is in S3; download it, and put what came");
  const behind = await fileBehind(body, name ?? "(a file descriptor)");
  if (behind === undefined) return blobBody(body, name ?? "(a Blob)", wanted);
  if (name === undefined) throw unreadable("(a file descriptor)", "expected a file that has a path");
  return (await isWhole(body, name, behind)) ? fileBody(name, busy, wanted) : blobBody(body, name, wanted);
}

/** @throws {ArgumentError} for a value that is no body, with what it is */
export function checkBody(body: unknown): asserts body is Body {
  if (typeof body === "string") checkText(body, "the body");
  else if (isBytes(body)) checkAttached(body.buffer, "the body");
  else if (types.isArrayBuffer(body)) checkAttached(body, "the body");
  else readArgument("the body", () => checkBlob(body));
}

function checkBlob(body: unknown): void {
  // What only inherits from Blob throws when it is asked.
  if (body instanceof Blob && typeof body.type === "string") return;
  const expected = "expected bytes, a string, a Blob or a Bun.file()";
  throw new ArgumentError(`the body is ${describe(body)}; ${expected}`);
}

/** What a Blob is called: the path of a `Bun.file()`; for a File that was made in memory, any text. */
function blobName(blob: Blob): string | undefined {
  return "name" in blob && typeof blob.name === "string" && blob.name !== "" ? blob.name : undefined;
}

/** What tells one file from another. */
interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
}

/** The file that the bytes of a Blob come from, which must be a regular one; undefined where they are in memory. */
async function fileBehind(blob: Blob, name: string): Promise<FileIdentity | undefined> {
  // Every Blob has a stat in Bun, whose types give it to files only; it resolves to undefined for one in memory.
  if (!("stat" in blob) || typeof blob.stat !== "function") return undefined;
  let stats: Awaited<ReturnType<typeof stat>> | undefined;
  try {
    stats = await blob.stat();
  } catch (cause) {
    throw unreadable(name, cause);
  }
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) throw unreadable(name, "it is a directory; expected a regular file");
  // Opening a FIFO would wait for a writer, and a device has no size to declare.
  if (!stats.isFile())
    throw unreadable(name, "it is not a regular file; read it first, and put what was read");
  return { dev: Number(stats.dev), ino: Number(stats.ino), size: Number(stats.size) };
}

/**
 * Whether a Blob is all of the file that its name is the path of. A slice of a file has the file's name and may have
 * its size, but it does not reach to the file's last byte from there. What is not whole is read as the Blob it is.
 * The Blob is not asked for its size: it would remember, and lie about the file when it is put again.
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
