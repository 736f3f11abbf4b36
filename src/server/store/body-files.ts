import { closeSync, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { type Signature, sameSignature, signatureOf } from "./entry.ts";
import { toRead } from "./open-file.ts";

const buffer = new Uint8Array(256 * 1024);
/** So many files are remembered; the memory of a process that never ends stays bounded. */
const remembered = 100_000;

/**
 * Tells whether a file holds the body of an output id. A file is read once; after that its signature tells that
 * nobody has touched it.
 */
export class BodyFiles {
  readonly #sound = new Map<string, Signature>();

  /** The signature of a regular file of that size; undefined where there is none, or it can not be looked at. */
  signature(path: string, size: number): Signature | undefined {
    try {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      return stat?.isFile() && stat.size === size ? signatureOf(stat) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Notes that the file with this signature holds the body. */
  note(outputID: string, signature: Signature): void {
    if (this.#sound.size >= remembered) this.#sound.clear();
    this.#sound.set(outputID, signature);
  }

  /** The signature of the file, if its content is that body: known to be, or read and hashed now. */
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

/** The signature that a file had before it was read, if its SHA-256 is `hash`: a write since then shows. */
function readSignature(path: string, size: number, hash: string): Signature | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, toRead);
    const stat = fstatSync(fd);
    // It may have been replaced since it was looked at. It's read no further than its size, whoever writes to it.
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
