import { closeSync, constants, openSync, readSync } from "node:fs";

/**
 * How a file of a store is opened. A pipe without a writer, or a device, opens at once and doesn't wait to be read; a
 * link isn't followed. Windows has neither, and there both are undefined, which counts as 0.
 */
const atOnce = constants.O_NONBLOCK | constants.O_NOFOLLOW;
export const toRead = constants.O_RDONLY | atOnce;
export const toChange = constants.O_RDWR | atOnce;

/** The beginning of a regular file, as a byte text; "" where there is none that can be read. */
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
