import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory with these files. What isn't a string is written as JSON. */
export class TempProject implements Disposable {
  /** Absolute, without symbolic links. */
  readonly root = realpathSync.native(mkdtempSync(join(tmpdir(), "cacheprogw-project-")));

  constructor(files: Readonly<Record<string, unknown>> = {}) {
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  write(path: string, content: unknown): void {
    this.folder(dirname(path));
    const text =
      typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content);
    writeFileSync(this.path(path), text);
  }

  folder(path: string): void {
    mkdirSync(this.path(path), { recursive: true });
  }

  link(path: string, target: string): void {
    this.folder(dirname(path));
    symlinkSync(target, this.path(path));
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
