import { CacheProgError } from "../errors.ts";
import type { Body } from "./body/body.ts";
import { sameBytes } from "./body/body-source.ts";
import type { SpooledFile } from "./body/spool.ts";
import type { ActionID, Entry, PutResult } from "./entry.ts";
import type { CallOptions } from "./options.ts";
import type { Accept } from "./production/entry-file.ts";
import { readWhole } from "./whole-file.ts";

/*
 * getFile and getBytes, built on get. A hit only names a path, so they check the file, as the go command does before it
 * uses an entry.
 */

/** The two calls that getFile, getBytes and getOrPut are built on. */
export interface Cache {
  get(action: ActionID, options?: CallOptions): Promise<Entry | null>;
  put(action: ActionID, body: Body | SpooledFile, options?: CallOptions): Promise<PutResult>;
}

/**
 * Returns a hit if its file is accepted. Source: cmd/go/internal/cache, GetFile.
 *
 * @throws (rejects) as get; `ABORTED` also while the file is checked
 */
export async function getFile(
  cache: Cache,
  action: ActionID,
  accept: Accept,
  signal: AbortSignal | undefined,
): Promise<Entry | null> {
  const entry = await cache.get(action, { signal });
  if (entry === null || (await accept(entry, signal))) return entry;
  // The check may have stopped early, so its answer counts for nothing.
  if (signal?.aborted) throw new CacheProgError("ABORTED", "getFile was aborted", { cause: signal.reason });
  return null;
}

/**
 * Returns a hit and its bytes if their SHA-256 is the OutputID. Source: cmd/go/internal/cache, GetBytes, which doesn't
 * check the size either.
 */
export async function getBytes(
  cache: Cache,
  action: ActionID,
  options?: CallOptions,
): Promise<{ entry: Entry; bytes: Uint8Array } | null> {
  const entry = await cache.get(action, options);
  if (entry === null) return null;
  const contents = await readWhole(entry.diskPath, options?.signal);
  return contents && sameBytes(contents.digest, entry.outputID) ? { entry, bytes: contents.bytes } : null;
}
