import { stat } from "node:fs/promises";
import type { CacheProg } from "../../client/client.ts";
import type { ActionID, Entry } from "../../client/entry.ts";
import { fileHash } from "../../hash.ts";
import { Failure, systemReason } from "../failure.ts";

/** The result of {@link findEntry}. */
export interface Found {
  /** An entry whose file holds its body; undefined for a miss. */
  readonly entry?: Entry;
  /** Why a hit counts as a miss. */
  readonly reason?: string;
}

/**
 * Gets an entry and verifies its file. A hit that go wouldn't use is a miss.
 *
 * @throws (rejects) what {@link CacheProg.get} throws
 */
export async function findEntry(cache: CacheProg, action: ActionID, signal: AbortSignal): Promise<Found> {
  const entry = await cache.get(action, { signal });
  if (entry === null) return {};
  const { diskPath, size, outputID } = entry;
  const answered = `the program answered with ${diskPath}`;
  try {
    const stats = await stat(diskPath);
    if (!stats.isFile()) return { reason: `${answered}, which isn't a regular file` };
    if (stats.size !== size)
      return { reason: `${answered}, which has ${stats.size} bytes, but Size is ${size}` };
    const hash = await fileHash(diskPath);
    if (Buffer.compare(hash, outputID) === 0) return { entry };
    return { reason: `${answered}, whose SHA-256 is ${hash.toHex()}, but OutputID is ${outputID.toHex()}` };
  } catch (error) {
    return { reason: `${answered}, which can't be read: ${systemReason(error)}` };
  }
}

/**
 * The body of an entry, chunk by chunk.
 *
 * @throws {Failure} if it can't be read, or, at the end, if it isn't the body that {@link findEntry} verified
 */
export async function* bodyOf({ diskPath, outputID }: Entry): AsyncGenerator<Uint8Array> {
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    for await (const chunk of Bun.file(diskPath).stream()) {
      hasher.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    throw new Failure(`can't read the body ${diskPath}: ${systemReason(cause)}`, { cause });
  }
  if (!hasher.digest().equals(outputID)) throw new Failure(`the body ${diskPath} changed while it was read`);
}
