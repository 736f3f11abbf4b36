import { close, openSync, unlinkSync, write } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { atExit } from "../../at-exit.ts";

const writeTo = promisify(write);
const closeFile = promisify(close);

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
      const { bytesWritten } = await writeTo(this.fd, bytes, at, bytes.length - at, this.size);
      at += bytesWritten;
      this.size += bytesWritten;
    }
  }

  /** Closes and removes the file. Once only: its descriptor may belong to another file afterwards. */
  async close(): Promise<void> {
    await closeFile(this.fd).catch(() => {}); // nothing is lost
    try {
      this.#removeLater?.();
    } catch {
      // It's removed at exit.
    }
  }
}
