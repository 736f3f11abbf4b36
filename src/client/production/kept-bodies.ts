import { type FileHandle, rm } from "node:fs/promises";
import { hasCode } from "../../trouble.ts";
import { openBody, type RepeatableBody } from "../body/body.ts";
import { type BodySource, changed, OutputHash, sameBytes } from "../body/body-source.ts";
import type { Produced } from "../entry.ts";
import { KeptFolder, unwritable, writing } from "./kept-folder.ts";
import { PendingSignal } from "./pending-signal.ts";

/**
 * The bodies that a program didn't store, in a private folder in TMPDIR. It is made for the first one, and removed at
 * close or when the process exits.
 */
export class KeptBodies {
  #folder: KeptFolder | undefined;
  readonly #entries = new Map<string, Produced>();

  /** The entry kept last for an action. Its file may be gone. */
  find(action: Uint8Array): Produced | undefined {
    return this.#entries.get(action.toBase64());
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
    this.#entries.clear();
    return async () => folder?.remove(complete);
  }

  async #write(source: BodySource, signal: AbortSignal): Promise<string> {
    const { folder, path, file } = await this.#create();
    try {
      await copy(source, path, file, signal);
      await writing(path, file.close());
      folder.complete.add(path);
      return path;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(path, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #create(): Promise<{ folder: KeptFolder; path: string; file: FileHandle }> {
    this.#folder ??= new KeptFolder();
    try {
      return await this.#folder.create();
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw unwritable(this.#folder.path, error);
      // Something that clears TMPDIR has removed the folder.
      this.#folder = new KeptFolder();
      const { path } = this.#folder;
      return await writing(path, this.#folder.create());
    }
  }
}

/** Copies a body to a file, and checks that the bytes are those whose OutputID was computed. */
async function copy(source: BodySource, path: string, file: FileHandle, signal: AbortSignal): Promise<void> {
  const hasher = new OutputHash();
  for await (const chunk of source.chunks()) {
    signal.throwIfAborted();
    hasher.update(chunk);
    for (let at = 0; at < chunk.length; ) at += (await writing(path, file.write(chunk, at))).bytesWritten;
  }
  if (!sameBytes(hasher.digest(), source.outputID)) throw changed("(in memory)");
}
