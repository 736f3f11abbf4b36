import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ArgumentError } from "../errors.ts";
import { type FileEntry, fileSet } from "../files/file-set.ts";
import type { StepDefinition } from "./definition.ts";
import { fileField } from "./key.ts";

/** Files that stand for what is in node_modules. */
const lockFiles = /(^|\/)(bun\.lockb?|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml)$/;

/**
 * A copy of a project that has the declared inputs of one step and nothing else. A command that reads a file that isn't
 * declared fails there now, instead of causing a stale hit later.
 *
 * If a lock file is among the inputs, node_modules of the step's directory and of those above it are linked in: the lock
 * file says what is in them. The copy is removed at the end of its scope.
 */
export class Isolation implements Disposable {
  /** The root of the copy, absolute. */
  readonly root: string;
  /** The step's directory in the copy. */
  readonly cwd: string;
  readonly #realRoot: string;
  readonly #temporary: string;
  /** What is in the copy before the command runs, by path from its root. */
  readonly #before = new Map<string, string>();

  /**
   * @param root the project's root, absolute
   * @param sources the step's directory and inputs, then the directories and outputs of the steps it depends on
   * @throws {ArgumentError} an input is outside of the project; what the file system says
   */
  constructor(root: string, { cwd, name }: Pick<StepDefinition, "cwd" | "name">, sources: readonly Source[]) {
    this.#realRoot = root;
    this.#temporary = mkdtempSync(join(process.getBuiltinModule("node:os").tmpdir(), "cacheprogw-isolated-"));
    this.root = join(this.#temporary, "project");
    this.cwd = this.#placeOf(cwd);
    try {
      mkdirSync(this.cwd, { recursive: true });
      for (const { directory, files } of sources) for (const file of files) this.#copy(directory, file, name);
      if (sources.some(({ files }) => files.some(({ path }) => lockFiles.test(path)))) this.#linkModules(cwd);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#temporary, { recursive: true, force: true });
  }

  /** The files that the command made or changed, and that `covers` doesn't: paths from the step's directory. */
  async others(covers: (path: string) => boolean): Promise<readonly string[]> {
    const { files } = await fileSet(".", { cwd: this.root });
    return files
      .filter((file) => this.#before.get(file.path) !== markOf(file))
      .map(({ path }) => relative(this.cwd, join(this.root, path)).replaceAll("\\", "/"))
      .filter((path) => !covers(path));
  }

  #placeOf(path: string): string {
    return join(this.root, relative(this.#realRoot, path));
  }

  #copy(directory: string, file: FileEntry, step: string): void {
    const from = resolve(directory, file.path);
    const path = relative(this.#realRoot, from).replaceAll("\\", "/");
    if (path.startsWith("../"))
      throw new ArgumentError(
        `step ${JSON.stringify(step)}: its input ${JSON.stringify(file.path)} is outside of the project; --isolate can't copy it`,
      );
    const to = join(this.root, path);
    mkdirSync(file.kind === "directory" ? to : dirname(to), { recursive: true });
    if (file.kind === "symlink") symlinkSync(file.target, to);
    if (file.kind === "file") {
      copyFileSync(from, to, constants.COPYFILE_FICLONE);
      chmodSync(to, file.mode);
    }
    this.#before.set(path, markOf({ ...file, path }));
  }

  #linkModules(cwd: string): void {
    for (let at = cwd; ; at = dirname(at)) {
      const modules = join(at, "node_modules");
      const place = join(this.#placeOf(at), "node_modules");
      if (existsSync(modules) && lstatSync(place, { throwIfNoEntry: false }) === undefined)
        symlinkSync(modules, place);
      if (at === this.#realRoot || at === dirname(at)) return;
    }
  }
}

/** Files of one directory. */
export interface Source {
  readonly directory: string;
  readonly files: readonly FileEntry[];
}

function markOf(file: FileEntry): string {
  return JSON.stringify(fileField(file));
}
