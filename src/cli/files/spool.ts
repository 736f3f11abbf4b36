import { constants, read } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CacheProgError } from "../../errors.ts";
import { hasCode } from "../../trouble.ts";
import { systemReason } from "../failure.ts";
import { unlessAborted } from "../process/interrupt.ts";
import { requireStream } from "../terminal/closed-stream.ts";
import { tell } from "../terminal/output.ts";
import { isTerminal } from "../terminal/terminal.ts";
import { writeFile } from "./replace-file.ts";
import { TempFolder } from "./temp-folder.ts";

const readFrom = promisify(read);

/** A body as a regular file, whose size is known and which can be read twice. Disposing of it removes what was made. */
export interface Spool extends AsyncDisposable {
  readonly path: string;
}

/**
 * The file itself, or, for `-` and /dev/stdin (stdin) and for what is no regular file, such as a pipe, a copy of all that comes from it.
 *
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` for what is not there, is a directory or can not be read;
 *   `ABORTED` where the signal fires first
 * @throws (rejects) {Failure} where there is no room for the copy, or stdin is closed
 */
export async function spool(file: string, signal: AbortSignal): Promise<Spool> {
  // A socket, as Bun gives to those that it starts, can not be opened by its name.
  if (file === "-" || file === "/dev/stdin") {
    requireStream(0);
    if (await isTerminal(0)) tell("reading the body from the terminal; Ctrl-D ends it");
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
  // To open a pipe is to wait for its writer.
  const handle = await unlessAborted(signal, open(file)).catch((error) => fail(file, error));
  try {
    yield* chunks(handle.fd, file, signal);
  } finally {
    await handle.close();
  }
}

/** Each is valid until the next. */
async function* chunks(fd: number, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    try {
      const { bytesRead } = await unlessAborted(signal, readFrom(fd, buffer, 0, buffer.length, null));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) fail(name, error);
      await Bun.sleep(1); // somebody made the pipe non-blocking, and it is empty
    }
  }
}

function fail(name: string, cause: unknown): never {
  if (cause instanceof CacheProgError) throw cause;
  throw new CacheProgError("BODY_UNREADABLE", `can not read the body ${name}: ${systemReason(cause)}`, {
    cause,
  });
}
