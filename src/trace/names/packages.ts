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
  #main: ReadonlySet<string> = new Set();
  /** The paths of modules in the module cache, and of vendored packages. */
  readonly #dependencies = new Set<string>();

  constructor(directories: readonly string[], graph: readonly GraphAction[], { env = {} }: GoProcess) {
    const own: string[] = [];
    for (const directory of directories) {
      // Which module a relative one is in isn't known; nor is, without GOROOT, which directories are go's own.
      if (!isAbsolute(directory) || !env.GOROOT) continue;
      const goroot = within(directory, `${env.GOROOT}/src`);
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
    return this.#main.has(plain) ? "main" : undefined;
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
 * example.com/m. Of several paths that a directory may have, the one with the beginning that fits most others is right.
 */
function matchEnds(directories: readonly string[], paths: readonly string[]): Map<string, string> {
  const byEnd = Map.groupBy(paths, lastElement);
  const fits = directories.flatMap((directory) =>
    (byEnd.get(lastElement(directory)) ?? []).map((path) => ({
      directory,
      path,
      beginnings: differentBeginnings(directory, path),
    })),
  );
  const votes = Map.groupBy(fits, ({ beginnings }) => beginnings.join("\0"));
  // The root of a module may end with any name.
  const known = new Set(paths);
  const asRoots = [...votes.values()].flatMap(([first]) => {
    const [directory = "", path = ""] = first?.beginnings ?? [];
    return known.has(path) ? [{ directory, path, beginnings: [directory, path] }] : [];
  });
  const wanted = new Set(directories);
  const all = [...fits, ...asRoots.filter(({ directory }) => wanted.has(directory))];
  const pairs = new Map<string, string>();
  for (const [directory, some] of Map.groupBy(all, (fit) => fit.directory)) {
    const count = (fit: (typeof some)[number]) => votes.get(fit.beginnings.join("\0"))?.length ?? 0;
    const [best, second] = some.toSorted((a, b) => count(b) - count(a));
    const isClear = best !== undefined && (second === undefined || count(second) < count(best));
    if (isClear) pairs.set(directory, best.path);
  }
  return pairs;
}

function lastElement(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
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
