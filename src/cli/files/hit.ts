import { stat } from "node:fs/promises";
import type { CacheProg } from "../../client/client.ts";
import type { ActionID, Entry } from "../../client/entry.ts";
import { fileHash } from "../../hash.ts";
import { Failure, systemReason } from "../failure.ts";

/** An entry whose file holds its body. */
export interface Found {
  /** undefined is a miss */
  readonly entry?: Entry;
  /** Why a hit is a miss all the same. */
  readonly reason?: string;
}

/**
 * Asks for an entry, and looks at its file: what go would not use is a miss.
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
    if (!stats.isFile()) return { reason: `${answered}, which is not a regular file` };
    if (stats.size !== size)
      return { reason: `${answered}, which has ${stats.size} bytes, and Size ${size}` };
    const hash = await fileHash(diskPath);
    if (Buffer.compare(hash, outputID) === 0) return { entry };
    return { reason: `${answered}, whose SHA-256 is ${hash.toHex()}, and OutputID ${outputID.toHex()}` };
  } catch (error) {
    return { reason: `${answered}, which can not be read: ${systemReason(error)}` };
  }
}

/**
 * The body of an entry, chunk by chunk.
 *
 * @throws {Failure} where it can not be read, or, at the end, if it is not what {@link findEntry} saw
 */
export async function* bodyOf({ diskPath, outputID }: Entry): AsyncGenerator<Uint8Array> {
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    for await (const chunk of Bun.file(diskPath).stream()) {
      hasher.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    throw new Failure(`can not read the body ${diskPath}: ${systemReason(cause)}`, { cause });
  }
  if (!hasher.digest().equals(outputID)) throw new Failure(`the body ${diskPath} changed while it was read`);
}
