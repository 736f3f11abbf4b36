import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package with one step, "build". */
export interface BenchPackage {
  readonly name: string;
  /** For sh. It appends a line to the file of runs, so that a hit can be told from a run. */
  readonly command: string;
  /** The files that it reads, by their paths in src. */
  readonly sources: Readonly<Record<string, string>>;
  /** The names of the packages whose steps run before. */
  readonly dependencies: readonly string[];
}

/** The folder of a package in a monorepo. */
export function packageFolder(root: string, { name }: BenchPackage): string {
  return join(root, "packages", name);
}

/** Writes what is the same for all tools: the sources. */
export function writeSources(root: string, packages: readonly BenchPackage[]): void {
  for (const one of packages)
    for (const [path, text] of Object.entries(one.sources))
      write(join(packageFolder(root, one), "src", path), text);
}

export function writeJSON(path: string, value: unknown): void {
  write(path, `${JSON.stringify(value, null, 2)}\n`);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Small source files, in folders of 50. */
export function smallSources(count: number): Readonly<Record<string, string>> {
  const files = Array.from({ length: count }, (_, at): [string, string] => [
    `folder-${Math.floor(at / 50)}/file-${at}.txt`,
    `This is line one of file ${at}.\n`.repeat(40),
  ]);
  return Object.fromEntries(files);
}
