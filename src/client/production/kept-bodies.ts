import { mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "../../at-exit.ts";
import { hasCode, reason } from "../../trouble.ts";
import { openBody, type RepeatableBody } from "../body/body.ts";
import { type BodySource, changed, OutputHash, sameBytes } from "../body/body-source.ts";
import type { Produced } from "../entry.ts";
import { PendingSignal } from "./pending-signal.ts";

/** Only for reading: the bodies belong to the connection, and two callers may have the same. */
const bodyMode = 0o400;

/** A body couldn't be written; reading it didn't fail. */
export class KeepError extends Error {
  override readonly name = "KeepError";
}

/**
 * The bodies that a program didn't store, in a private folder in TMPDIR. It is made for the first one, and removed at
 * close or when the process exits.
 */
export class KeptBodies {
  #folder: Folder | undefined;
  readonly #entries = new Map<string, Produced>();

  /** The entry kept last for an action. Its file may be gone. */
  find(action: Uint8Array): Produced | undefined {
    return this.#entries.get(action.toBase64());
  }

  /** The program has stored the action now. The file stays: callers may have its path. */
  forget(action: Uint8Array): void {
    this.#entries.delete(action.toBase64());
  }

  /**
   * Copies a body, a chunk at a time.
   *
   * @throws (rejects) {KeepError} if it can't be written
   * @throws (rejects) {CacheProgError} `BODY_UNREADABLE`; `BODY_CHANGED` if it changes meanwhile
   * @throws (rejects) {CallSettled} if the signal fires
   */
  async keep(
    action: Uint8Array,
    body: RepeatableBody,
    time: Temporal.Instant,
    signal: AbortSignal,
  ): Promise<Produced> {
    using call = new PendingSignal(signal);
    const source = await openBody(body, true, call);
    try {
      const { outputID, size } = source;
      const diskPath = await this.#write(source, signal);
      const entry: Produced = { outputID, size, time, diskPath, hit: false, stored: false };
      this.#entries.set(action.toBase64(), entry);
      return entry;
    } finally {
      await source.close();
    }
  }

  /**
   * The connection closes. What is kept from now on stays until the process exits.
   *
   * @returns removes what was kept before
   */
  close(): () => Promise<void> {
    const folder = this.#folder;
    const complete = [...(folder?.complete ?? [])];
    this.#folder = undefined;
    this.#entries.clear();
    return async () => folder?.remove(complete);
  }

  async #write(source: BodySource, signal: AbortSignal): Promise<string> {
    const { folder, path, file } = await this.#create();
    try {
      await copy(source, file, signal);
      await writing(path, file.close());
      folder.complete.add(path);
      return path;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(path, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #create(): Promise<{ folder: Folder; path: string; file: FileHandle }> {
    this.#folder ??= new Folder();
    try {
      return await this.#folder.create();
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw unwritable(this.#folder.path, error);
      // Something that clears TMPDIR has removed the folder.
      this.#folder = new Folder();
      const { path } = this.#folder;
      return await writing(path, this.#folder.create());
    }
  }
}

/** A folder that only this user can read. It is removed when the process exits, if not before. */
class Folder {
  readonly path: string;
  /** The files that are written to their end. */
  readonly complete = new Set<string>();
  readonly #forget: () => void;
  #count = 0;

  /** @throws {KeepError} if it can't be made */
  constructor() {
    // Synchronous: no signal may end the process between these two steps.
    const path = makeFolder();
    this.#forget = atExit(() => rmSync(path, { recursive: true, force: true }));
    this.path = path;
  }

  async create(): Promise<{ folder: Folder; path: string; file: FileHandle }> {
    const path = join(this.path, String(++this.#count));
    return { folder: this, path, file: await open(path, "wx", bodyMode) };
  }

  /** Removes files, and the folder if it's empty then. A folder that is still needed stays until the process exits. */
  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) await rm(path, { force: true }).catch(() => {});
    try {
      rmdirSync(this.path);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) return;
    }
    this.#forget();
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "cacheprogw-kept-"));
  } catch (cause) {
    throw unwritable(tmpdir(), cause);
  }
}

/** Copies a body to a file, and checks that the bytes are those whose OutputID was computed. */
async function copy(source: BodySource, file: FileHandle, signal: AbortSignal): Promise<void> {
  const hasher = new OutputHash();
  for await (const chunk of source.chunks()) {
    signal.throwIfAborted();
    hasher.update(chunk);
    for (let at = 0; at < chunk.length; )
      at += (await writing("the file", file.write(chunk, at))).bytesWritten;
  }
  if (!sameBytes(hasher.digest(), source.outputID)) throw changed("(in memory)");
}

async function writing<T>(what: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    throw unwritable(what, cause);
  }
}

function unwritable(path: string, cause: unknown): KeepError {
  return new KeepError(`can't write to ${path}: ${reason(cause)}`, { cause });
}
