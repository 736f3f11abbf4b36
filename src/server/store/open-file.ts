import { closeSync, constants, openSync, readSync } from "node:fs";

/**
 * The flags for opening a file of a store: a pipe or device doesn't block, and a link isn't followed. Windows has
 * neither flag; there both are undefined, which counts as 0.
 */
const atOnce = constants.O_NONBLOCK | constants.O_NOFOLLOW;
export const toRead = constants.O_RDONLY | atOnce;
export const toChange = constants.O_RDWR | atOnce;

/** The first bytes of a file, as a byte text; "" if it can't be read. */
export function beginningOf(path: string, length: number): string {
  let fd: number | undefined;
  try {
    fd = openSync(path, toRead);
    const buffer = Buffer.alloc(length);
    return buffer.toString("latin1", 0, readSync(fd, buffer, 0, length, 0));
  } catch {
    return "";
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
