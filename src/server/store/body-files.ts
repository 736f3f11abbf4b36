import { closeSync, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { type Signature, sameSignature, signatureOf } from "./entry.ts";
import { toRead } from "./open-file.ts";
import { signNow } from "./temp-file.ts";

const buffer = new Uint8Array(256 * 1024);
/** The limit of remembered files, which bounds the memory of a long-lived process. */
const remembered = 100_000;

/**
 * Checks whether a file holds the body of an output id. It reads a file once, then again only if its signature has
 * changed.
 */
export class BodyFiles {
  readonly #sound = new Map<string, Signature>();

  /** The signature of a regular file of that size; undefined if there is none or stat fails. */
  signature(path: string, size: number): Signature | undefined {
    try {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      return stat?.isFile() && stat.size === size ? signatureOf(stat) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Remembers that the file with this signature holds the body. */
  note(outputID: string, signature: Signature): void {
    if (this.#sound.size >= remembered) this.#sound.clear();
    this.#sound.set(outputID, signature);
  }

  /**
   * Gives an intact file a new mtime, as if it had been put now.
   * @returns its signature from now on; undefined if it's no longer the file with that signature, or isn't ours
   */
  renew(path: string, signature: Signature): Signature | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(path, toRead);
      if (!sameSignature(signatureOf(fstatSync(fd)), signature)) return undefined;
      return signNow(fd);
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** The signature of the file if it holds the body, as remembered or as read and hashed now. */
  sound(outputID: string, path: string, size: number): Signature | undefined {
    const signature = this.signature(path, size);
    if (signature === undefined) return undefined;
    const known = this.#sound.get(outputID);
    if (known !== undefined && sameSignature(known, signature)) return signature;
    const read = readSignature(path, size, outputID);
    if (read !== undefined) this.note(outputID, read);
    return read;
  }
}

/** The file's signature if its SHA-256 is `hash`. Taken before the read, so that a later write changes it. */
function readSignature(path: string, size: number, hash: string): Signature | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, toRead);
    const stat = fstatSync(fd);
    // It may have been replaced since lstat. Read no further than its size, even if a process appends to it.
    if (!stat.isFile() || stat.size !== size) return undefined;
    const hasher = new Bun.CryptoHasher("sha256");
    for (let left = size; left > 0; ) {
      const length = readSync(fd, buffer, 0, Math.min(left, buffer.length), null);
      if (length === 0) return undefined;
      hasher.update(buffer.subarray(0, length));
      left -= length;
    }
    return hasher.digest("hex") === hash ? signatureOf(stat) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
