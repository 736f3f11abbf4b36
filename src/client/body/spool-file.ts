import { close, openSync, unlinkSync, write } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "../../at-exit.ts";

/**
 * A temporary file that only this process can read. It has no name, so the system frees it when it's closed, whatever
 * happens to the process. Where an open file can't be unlinked, it keeps its name until it's closed or the process exits.
 */
export class SpoolFile {
  readonly fd: number;
  /** In bytes. */
  size = 0;
  readonly #removeLater: (() => void) | undefined;

  /** @throws what the system says */
  constructor(unlink: (path: string) => void = unlinkSync) {
    const path = join(tmpdir(), `cacheprogw-${crypto.randomUUID()}`);
    // Synchronous: no signal may end the process between these two steps.
    this.fd = openSync(path, "wx+", 0o600);
    try {
      unlink(path);
    } catch {
      const forget = atExit(() => unlink(path));
      this.#removeLater = () => {
        unlink(path);
        forget();
      };
    }
  }

  /** Appends bytes. Don't change them until it resolves. @throws (rejects) what the system says */
  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      write(this.fd, bytes, at, bytes.length - at, this.size, (error, written) => {
        if (error === null) resolve(written);
        else reject(error);
      });
      const written = await promise;
      at += written;
      this.size += written;
    }
  }

  /** Closes and removes the file. Once only: its descriptor may belong to another file afterwards. */
  async close(): Promise<void> {
    await new Promise((resolve) => close(this.fd, resolve)); // if it fails, nothing is lost
    try {
      this.#removeLater?.();
    } catch {
      // It's removed at exit.
    }
  }
}
