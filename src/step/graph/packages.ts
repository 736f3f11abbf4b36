import { ArgumentError } from "../../errors.ts";
import { describe } from "../../text.ts";
import { reason } from "../../trouble.ts";
import { isRecord, type PackageFile, readPackageFile } from "../package-file.ts";
import { isAbsolute } from "../reference.ts";

/**
 * The packages of a project. Each package.json is read at most once, and only when somebody asks for it. Directories are
 * relative to the root, with "" for the root.
 */
export class Packages {
  readonly #root: string;
  readonly #files = new Map<
    string,
    { readonly file: PackageFile | undefined } | { readonly error: unknown }
  >();
  #members: Members | undefined;

  /** @param root absolute */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The package.json of a directory, or undefined if there is none.
   *
   * @throws {ArgumentError} if it can't be read or isn't a JSON object
   */
  read(directory: string): PackageFile | undefined {
    let read = this.#files.get(directory);
    if (read === undefined) {
      read = this.#attempt(directory);
      this.#files.set(directory, read);
    }
    if ("error" in read) throw read.error;
    return read.file;
  }

  /**
   * The root and the packages that its "workspaces" lists, by their names.
   *
   * @throws {ArgumentError} if "workspaces" isn't what package managers read
   */
  get members(): Members {
    this.#members ??= this.#findMembers();
    return this.#members;
  }

  #attempt(directory: string): { readonly file: PackageFile | undefined } | { readonly error: unknown } {
    try {
      return { file: readPackageFile(`${this.#root}/${directory}`, packageFileIn(directory)) };
    } catch (error) {
      return { error };
    }
  }

  #findMembers(): Members {
    const workspaces = this.read("")?.workspaces;
    const byName = new Map<string, string[]>();
    const unreadable: string[] = [];
    for (const directory of ["", ...workspaceDirectories(this.#root, workspaces)]) {
      try {
        const name = this.read(directory)?.name;
        if (typeof name === "string") byName.set(name, [...(byName.get(name) ?? []), directory]);
      } catch (error) {
        unreadable.push(reason(error));
      }
    }
    return { byName, unreadable, hasWorkspaces: workspaces !== undefined };
  }
}

/** The packages of a project's workspaces. */
export interface Members {
  /** Directories by the name of their package; more than one if packages share a name. */
  readonly byName: ReadonlyMap<string, readonly string[]>;
  /** What is wrong with each package.json that couldn't be read. */
  readonly unreadable: readonly string[];
  readonly hasWorkspaces: boolean;
}

/** The path of a directory's package.json, for a message. */
export function packageFileIn(directory: string): string {
  return directory === "" ? "package.json" : `${directory}/package.json`;
}

/** The directories that "workspaces" lists, in order of their names. A pattern after `!` excludes what came before. */
function workspaceDirectories(root: string, workspaces: unknown): readonly string[] {
  const directories = new Set<string>();
  for (const pattern of workspacePatterns(workspaces)) {
    if (pattern.startsWith("!")) {
      const excluded = new Bun.Glob(trimmed(pattern.slice(1)));
      for (const directory of directories) if (excluded.match(directory)) directories.delete(directory);
    } else for (const directory of packagesIn(root, trimmed(pattern))) directories.add(directory);
  }
  return [...directories].sort();
}

/** npm has a list, and yarn also an object with one. */
function workspacePatterns(workspaces: unknown): readonly string[] {
  if (workspaces === undefined) return [];
  const inObject = isRecord(workspaces);
  const where = `package.json: workspaces${inObject ? ".packages" : ""}`;
  const patterns = inObject ? (workspaces.packages ?? []) : workspaces;
  if (!Array.isArray(patterns))
    throw new ArgumentError(`${where} is ${describe(patterns)}; expected a list of patterns`);
  return Array.from<unknown>(patterns).map((pattern, at) => {
    if (typeof pattern === "string" && !isAbsolute(pattern) && !pattern.split("/").includes(".."))
      return pattern;
    throw new ArgumentError(
      `${where}[${at}] is ${describe(pattern)}; expected a pattern of directories in the root`,
    );
  });
}

function trimmed(pattern: string): string {
  return pattern
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

function packagesIn(root: string, pattern: string): string[] {
  if (pattern === "") return [];
  try {
    const files = [...new Bun.Glob(`${pattern}/package.json`).scanSync({ cwd: root, onlyFiles: true })];
    return files
      .map((file) => file.replaceAll("\\", "/").replace(/\/package\.json$/, ""))
      .filter((directory) => !directory.split("/").includes("node_modules"));
  } catch (cause) {
    throw new ArgumentError(`package.json: workspaces: ${pattern} can't be listed: ${reason(cause)}`, {
      cause,
    });
  }
}
