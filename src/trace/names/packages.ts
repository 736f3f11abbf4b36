import { isAbsolute } from "node:path";
import type { GoProcess } from "../events.ts";
import type { GraphAction } from "./graph.ts";

/**
 * Where a package comes from. `main`: from the main module, or from another one that isn't in the module cache, of a
 * workspace or in place of one.
 */
export type PackageOrigin = "standard" | "main" | "dependency";

/** The first elements of the import paths of the standard library. Paths of other modules should have a dot in theirs. */
const standard = new Set(
  (
    "archive bufio builtin bytes cmd cmp compress container context crypto database debug embed encoding errors expvar flag " +
    "fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime simd slices " +
    "sort strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak"
  ).split(" "),
);

/**
 * The packages of a build, and the directories that go indexed: which belong together follows from where the directories
 * are, and for the main module from what they end with.
 */
export class Packages {
  /** Import paths by directory. */
  readonly #paths = new Map<string, string>();
  readonly #main: ReadonlySet<string>;
  /** The paths of modules in the module cache, and of vendored packages. */
  readonly #dependencies = new Set<string>();

  constructor(directories: readonly string[], graph: readonly GraphAction[], { env = {} }: GoProcess) {
    const own: string[] = [];
    for (const directory of directories) {
      if (!isAbsolute(directory)) continue; // which module it's in isn't known
      const goroot = within(directory, env.GOROOT && `${env.GOROOT}/src`);
      const cached = within(directory, env.GOMODCACHE);
      const [, vendored] = directory.split("/vendor/", 2);
      const path = goroot ?? (cached === undefined ? vendored : modulePath(cached));
      if (path === undefined) own.push(directory);
      else this.#paths.set(directory, path);
      if (path !== undefined && goroot === undefined) this.#dependencies.add(path);
    }
    const paths = new Set(graph.map(({ package: path }) => plainPath(path)));
    const others = [...paths].filter((path) => path !== "" && this.originOf(path) === undefined);
    const main = matchEnds(own, others);
    for (const [directory, path] of main) this.#paths.set(directory, path);
    this.#main = new Set(main.values());
  }

  /** The import path of an indexed directory; of a module in the module cache, that of the module. */
  pathOf(directory: string): string | undefined {
    return this.#paths.get(directory);
  }

  /** Where a package comes from; undefined if that isn't known. @param path as go has it, maybe of a test */
  originOf(path: string): PackageOrigin | undefined {
    const plain = plainPath(path);
    if (standard.has(plain.split("/", 1)[0] ?? "")) return "standard";
    for (let part = plain; part !== ""; part = part.slice(0, Math.max(0, part.lastIndexOf("/"))))
      if (this.#dependencies.has(part)) return "dependency";
    return this.#main?.has(plain) ? "main" : undefined;
  }
}

/** Without what marks a test: "a [a.test]", "a_test [a.test]" and "a.test" are of a. */
function plainPath(path: string): string {
  const [first = "", test] = path.split(" ", 2);
  return test === undefined ? first.replace(/\.test$/, "") : first.replace(/_test$/, "");
}

function within(directory: string, folder: string | undefined): string | undefined {
  return folder && directory.startsWith(`${folder}/`) ? directory.slice(folder.length + 1) : undefined;
}

/** "golang.org/x/text@v0.14.0" in the module cache, where "!a" is A. Source: golang.org/x/mod/module, EscapePath */
function modulePath(cached: string): string {
  return cached.replace(/@[^/]*/, "").replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Pairs directories and import paths. Those of one module differ in how they begin, always in the same way: /src/m and
 * example.com/m. Of several beginnings that fit a directory, the one that fits most others is right.
 */
function matchEnds(directories: readonly string[], paths: readonly string[]): Map<string, string> {
  const known = new Set(paths);
  const byEnd = Map.groupBy(paths, lastElement);
  const votes = new Map<string, number>();
  for (const directory of directories)
    for (const path of byEnd.get(lastElement(directory)) ?? []) {
      const beginning = differentBeginnings(directory, path).join("\0");
      votes.set(beginning, (votes.get(beginning) ?? 0) + 1);
    }
  const ranked = [...votes].toSorted(([, a], [, b]) => b - a);
  const pairs = new Map<string, string>();
  for (const directory of directories) {
    const fits = ranked.flatMap(([beginning, count]) => {
      const [folder = "", module = ""] = beginning.split("\0");
      const rest = directory === folder ? "" : within(directory, folder);
      const path = rest === undefined ? undefined : join(module, rest);
      return path !== undefined && known.has(path) ? [{ path, count }] : [];
    });
    const [best, second] = fits;
    if (
      best !== undefined &&
      (second === undefined || second.count < best.count || second.path === best.path)
    )
      pairs.set(directory, best.path);
  }
  return pairs;
}

function lastElement(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

/** What is left of both without the elements with which both end. */
function differentBeginnings(directory: string, path: string): [string, string] {
  const [folders, elements] = [directory.split("/"), path.split("/")];
  while (elements.length > 0 && folders.length > 1 && folders.at(-1) === elements.at(-1)) {
    folders.pop();
    elements.pop();
  }
  return [folders.join("/"), elements.join("/")];
}
