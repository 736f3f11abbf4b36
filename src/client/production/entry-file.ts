import { constants, open, stat } from "node:fs/promises";
import { sameBytes } from "../body/body-source.ts";
import { hashFile } from "../body/file-body.ts";
import type { Entry } from "../entry.ts";
import { PendingSignal } from "./pending-signal.ts";

/** Decides whether the file of an entry may be used. Stops early if the signal fires. */
export type Accept = (entry: Entry, signal: AbortSignal | undefined) => Promise<boolean>;

/** Whether the file is regular and as long as the entry says. Source: cmd/go/internal/cache, GetFile. */
export async function isWhole({ diskPath, size }: Entry): Promise<boolean> {
  const stats = await stat(diskPath).catch(() => undefined);
  return stats?.isFile() === true && stats.size === size;
}

/**
 * Whether the file is regular, as long as the entry says, and has the SHA-256 that is its OutputID. Hashes it a chunk at a
 * time; a large one in the hash thread. Returns false for a file that can't be read, or if the signal fires.
 */
export async function isSound(entry: Entry, signal: AbortSignal | undefined): Promise<boolean> {
  // Check before open: opening a device may have side effects.
  if (!(await isWhole(entry))) return false;
  const { diskPath, size, outputID } = entry;
  // O_NONBLOCK: if a FIFO takes the file's place now, open must not wait for a writer.
  const file = await open(diskPath, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined);
  if (file === undefined) return false;
  using call = new PendingSignal(signal);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size !== size) return false;
    return sameBytes(await hashFile(file, diskPath, size, true, call), outputID);
  } catch {
    return false; // it can't be read, has shrunk meanwhile, or nobody waits for the answer any more
  } finally {
    await file.close().catch(() => {});
  }
}
