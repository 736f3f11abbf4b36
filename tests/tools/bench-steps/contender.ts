import type { BenchPackage } from "./monorepo.ts";

/** How a process is started. */
export interface Launch {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that runs steps, with a local cache in the folder of the monorepo. */
export interface Contender {
  readonly name: string;
  /** Writes package.json and the like, so that it knows the steps of these packages. */
  configure(root: string, packages: readonly BenchPackage[]): void;
  /** How the step of a package is run, after those it depends on. */
  launch(root: string, of: BenchPackage): Launch;
}
