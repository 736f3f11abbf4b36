import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh directory, removed at the end of its scope. */
export class TempDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "cacheprogw-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
