import { constants, read } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CacheProgError } from "../../errors.ts";
import { hasCode } from "../../trouble.ts";
import { systemReason } from "../failure.ts";
import { unlessAborted } from "../interrupt.ts";
import { requireStream } from "../terminal/closed-stream.ts";
import { tell } from "../terminal/output.ts";
import { isTerminal } from "../terminal/terminal.ts";
import { writeFile } from "./replace-file.ts";
import { TempFolder } from "./temp-folder.ts";

const readFrom = promisify(read);

/** A body as a regular file, whose size is known and which can be read twice. Dispose of it to remove a temporary copy. */
export interface Spool extends AsyncDisposable {
  readonly path: string;
}

/**
 * The file itself if it's a regular file; otherwise a temporary copy of its content. `-` and /dev/stdin are stdin.
 *
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` if it doesn't exist, is a directory or can't be read; `ABORTED` if
 *   the signal fires first
 * @throws (rejects) {Failure} if the copy can't be written, or stdin is closed
 */
export async function spool(file: string, signal: AbortSignal): Promise<Spool> {
  // Bun gives its children sockets as stdin, and a socket can't be opened as /dev/stdin.
  if (file === "-" || file === "/dev/stdin") {
    requireStream(0);
    if (await isTerminal(0)) tell("reading the body from the terminal; press Ctrl-D to end it");
    return copy(chunks(0, "from stdin", signal));
  }
  if (await isRegular(file)) return { path: file, async [Symbol.asyncDispose]() {} };
  return copy(opened(file, signal));
}

async function isRegular(file: string): Promise<boolean> {
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw new Error("it is a directory; expected a file");
    await access(file, constants.R_OK);
    return stats.isFile();
  } catch (cause) {
    return fail(file, cause);
  }
}

async function copy(chunks: AsyncIterable<Uint8Array>): Promise<Spool> {
  const folder = new TempFolder();
  const path = join(folder.path, "body");
  const dispose = () => folder[Symbol.asyncDispose]();
  try {
    await writeFile(path, path, chunks, "wx");
  } catch (error) {
    await dispose();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: dispose };
}

async function* opened(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  // Opening a named pipe waits for its writer.
  const handle = await unlessAborted(signal, open(file)).catch((error) => fail(file, error));
  try {
    yield* chunks(handle.fd, file, signal);
  } finally {
    await handle.close();
  }
}

/** The bytes of a file descriptor. Each chunk is valid until the next. */
async function* chunks(fd: number, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    try {
      const { bytesRead } = await unlessAborted(signal, readFrom(fd, buffer, 0, buffer.length, null));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) fail(name, error);
      await Bun.sleep(1); // another process made the pipe non-blocking, and it is empty
    }
  }
}

function fail(name: string, cause: unknown): never {
  if (cause instanceof CacheProgError) throw cause;
  throw new CacheProgError("BODY_UNREADABLE", `can't read the body ${name}: ${systemReason(cause)}`, {
    cause,
  });
}
