import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { reason } from "../../trouble.ts";
import { Finding } from "../finding.ts";

/** How many bytes at the end of the file are compared each time: they are written last. */
const tail = 4096;

/**
 * Reads a file again and again, opened by its path each time, until a promise settles.
 *
 * @returns how many times it was read
 * @throws {Finding} if it was missing, incomplete or different from `body` even once
 */
export async function watchFile(path: string, body: Uint8Array, done: Promise<unknown>): Promise<number> {
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  done.then(end, end);
  const last = body.subarray(-tail);
  const seen = new Uint8Array(tail);
  for (let looks = 1; ; looks++) {
    const wrong = look(path, body.length, last, seen);
    if (wrong !== undefined) throw new Finding("the whole file at every moment", wrong);
    if (isDone) {
      await done;
      return looks;
    }
    // Yields to the event loop between two reads.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Describes what is wrong with the file now; undefined if nothing is. */
function look(path: string, size: number, last: Uint8Array, seen: Uint8Array): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    return `for a moment, ${reason(error)}`;
  }
  try {
    const found = fstatSync(fd).size;
    if (found !== size) return `for a moment it was ${found} bytes long, not ${size}`;
    const read = readSync(fd, seen, 0, last.length, size - last.length);
    if (read !== last.length || Buffer.compare(seen.subarray(0, read), last) !== 0)
      return "for a moment its last bytes were different";
    return undefined;
  } finally {
    closeSync(fd);
  }
}
