import { tmpdir } from "node:os";
import { CacheProgError } from "../../errors.ts";
import { reason } from "../../trouble.ts";
import {
  type BodySource,
  CallSettled,
  changed,
  OutputHash,
  type PendingCall,
  requirePending,
  unreadable,
  verified,
} from "./body-source.ts";
import type { BodyStream } from "./body-stream.ts";
import { fileChunks } from "./file-chunks.ts";
import { SpoolFile } from "./spool-file.ts";

/** The largest body that is kept in memory, in bytes. A larger one is written to a file, this much at a time. */
const memorySize = 1024 * 1024;
/** How much memory a stream takes at first, in bytes. */
const firstSize = 64 * 1024;

/** A stream that was read to its end into a file. It can be opened any number of times, until it is closed. */
export class SpooledFile {
  readonly #file: SpoolFile;
  readonly #name: string;
  readonly #outputID: Uint8Array;

  /** @param name names the body in messages */
  constructor(file: SpoolFile, name: string, outputID: Uint8Array) {
    this.#file = file;
    this.#name = name;
    this.#outputID = outputID;
  }

  /** Closing the source doesn't close the file. */
  open(): BodySource {
    const { fd, size } = this.#file;
    const [name, outputID] = [this.#name, this.#outputID];
    return {
      outputID,
      size,
      line: undefined,
      chunks: () => verified(fileChunks(fd, name, size), size, outputID, name),
      close() {},
    };
  }

  /** Call it once, when no source is read any more. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * Reads a stream to its end, because a request begins with the size and OutputID of its body. It is read at the pace at
 * which it's written to the file. If it fails, or the call settles, the stream is cancelled.
 *
 * @returns the bytes of up to 1 MiB; otherwise a file
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` if the stream fails, or the file can't be written
 * @throws (rejects) {CallSettled}
 */
export async function spool(stream: BodyStream, call: PendingCall): Promise<Uint8Array | SpooledFile> {
  const spooled = new Spool(stream.name);
  let stop = () => {};
  call.whenSettled = (why) => {
    stop();
    stream.cancel(why);
  };
  const next = () => {
    // A cancelled stream looks as if it had ended.
    requirePending(call);
    // Not Promise.race: a promise that lives as long as the stream would keep every chunk.
    return new Promise<Uint8Array | undefined>((resolve, reject) => {
      stop = () => reject(new CallSettled("the call for the stream has settled"));
      stream.read().then(resolve, reject);
    });
  };
  try {
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) await spooled.add(chunk, call);
    requirePending(call);
    return await spooled.end(call);
  } catch (error) {
    stream.cancel(error);
    await spooled.discard();
    throw error instanceof CacheProgError || error instanceof CallSettled
      ? error
      : unreadable(stream.name, error);
  } finally {
    call.whenSettled = undefined;
  }
}

/** What has been read of a stream: up to 1 MiB in memory, and everything before that in a file. */
class Spool {
  readonly #name: string;
  #memory = new Uint8Array(firstSize);
  /** How much of the memory is filled, in bytes. */
  #filled = 0;
  readonly #hasher = new OutputHash();
  #file: SpoolFile | undefined;

  /** @param name names the body in messages */
  constructor(name: string) {
    this.#name = name;
  }

  /** Copies a chunk: its memory is the stream's. */
  async add(chunk: Uint8Array, call: PendingCall): Promise<void> {
    const { length } = chunk;
    for (let at = 0; at < length; ) {
      if (this.#filled === memorySize) {
        await this.#flush();
        requirePending(call);
        if (chunk.length !== length) throw changed(this.#name); // transferred or shrunk
      }
      const part = chunk.subarray(at, at + memorySize - this.#filled);
      this.#reserve(this.#filled + part.length);
      this.#memory.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
  }

  async end(call: PendingCall): Promise<Uint8Array | SpooledFile> {
    if (this.#file === undefined) return this.#memory.subarray(0, this.#filled);
    await this.#flush();
    requirePending(call);
    return new SpooledFile(this.#file, this.#name, this.#hasher.digest());
  }

  async discard(): Promise<void> {
    await this.#file?.close();
  }

  #reserve(length: number): void {
    if (length <= this.#memory.length) return;
    const larger = new Uint8Array(Math.min(memorySize, Math.max(length, this.#memory.length * 4)));
    larger.set(this.#memory.subarray(0, this.#filled));
    this.#memory = larger;
  }

  async #flush(): Promise<void> {
    const bytes = this.#memory.subarray(0, this.#filled);
    try {
      this.#file ??= new SpoolFile();
      const written = this.#file.append(bytes);
      this.#hasher.update(bytes); // while the system writes
      await written;
    } catch (cause) {
      const what = `can't keep the body ${this.#name} in a temporary file in ${tmpdir()}: ${reason(cause)}`;
      throw new CacheProgError("BODY_UNREADABLE", what, { cause });
    }
    this.#filled = 0;
  }
}
