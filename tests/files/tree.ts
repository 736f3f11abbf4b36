import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type FileSet, fileSet } from "../../src/files/file-set.ts";
import type { FileSetOptions } from "../../src/files/options.ts";

/** A folder with files, for a test. */
export class Tree implements Disposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "cacheprogw-files-")));

  /** @param files paths; one that ends in "/" is an empty folder. Each file holds its own path. */
  constructor(...files: readonly string[]) {
    for (const path of files) this.write(path);
  }

  at(path: string): string {
    return join(this.root, path);
  }

  write(path: string, content: string | Uint8Array = path, mode = 0o644): void {
    mkdirSync(path.endsWith("/") ? this.at(path) : dirname(this.at(path)), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(this.at(path), content, { mode });
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    symlinkSync(target, this.at(path));
  }

  /** Sets the modification time to one long ago. The change time stays fresh: no program can set it. */
  age(path: string): void {
    utimesSync(this.at(path), 1e9, 1e9);
  }

  set(globs: string | readonly string[], options: FileSetOptions = {}): Promise<FileSet> {
    return fileSet(globs, { cwd: this.root, ...options });
  }

  /** The paths that patterns match; those of folders with a slash at the end. */
  async paths(globs: string | readonly string[], options: FileSetOptions = {}): Promise<string[]> {
    const { files } = await this.set(globs, options);
    return files.map(({ path, kind }) => (kind === "directory" ? `${path}/` : path));
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
