import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender, Launch } from "./contender.ts";
import { type BenchPackage, packageFolder, writeSources } from "./monorepo.ts";
import { timed } from "./timed.ts";

/** A monorepo of one contender, whose steps have run once. All times are in ms. */
export class Site {
  readonly #last: BenchPackage;
  readonly #root: string;
  readonly #launch: Launch;
  readonly #trash: string;
  #changes = 0;

  /**
   * @param root a folder that doesn't exist; each run of a command adds a file to `runs` in it
   * @param packages the last one needs all others
   */
  constructor(contender: Contender, root: string, packages: readonly BenchPackage[]) {
    const last = packages.at(-1);
    if (last === undefined) throw new Error("a site needs a package");
    this.#last = last;
    this.#root = root;
    this.#trash = join(root, ".cache/trash");
    for (const folder of [join(root, "runs"), this.#trash]) mkdirSync(folder, { recursive: true });
    const counted = packages.map((one) => ({
      ...one,
      command: `${this.#bare(one.command)} && touch ${join(root, "runs")}/$$`,
    }));
    writeSources(root, counted);
    contender.configure(root, counted);
    this.#launch = contender.launch(root, last);
    this.#run(packages.length);
  }

  /** Runs the last step when nothing has changed. */
  hit(): number {
    return this.#run(0);
  }

  /** Runs the last step without its outputs. They are moved away: on ext4, making files soon after others were removed is slow. */
  restore(): number {
    renameSync(this.#outputs, join(this.#trash, `${performance.now()}`));
    const took = this.#run(0);
    if (!existsSync(this.#outputs)) throw new Error(`${this.#root}: the outputs weren't restored`);
    return took;
  }

  /** Runs the last step after a change. */
  miss(): number {
    writeFileSync(join(packageFolder(this.#root, this.#last), "src/changed.txt"), `${++this.#changes}\n`);
    return this.#run(1);
  }

  /** Runs the command of the last step, without anything around it. */
  bare(): number {
    const argv = ["sh", "-c", this.#bare(this.#last.command)];
    return timed({ argv, cwd: packageFolder(this.#root, this.#last), env: {} });
  }

  get #outputs(): string {
    return join(packageFolder(this.#root, this.#last), "dist");
  }

  #bare(command: string): string {
    return `mkdir -p dist && ${command}`;
  }

  /** @throws {Error} if another number of commands runs */
  #run(expected: number): number {
    const before = this.#runs();
    const took = timed(this.#launch);
    const runs = this.#runs() - before;
    if (runs === expected) return took;
    throw new Error(`${this.#launch.argv.join(" ")}: ${runs} commands ran; expected ${expected}`);
  }

  #runs(): number {
    return readdirSync(join(this.#root, "runs")).length;
  }
}
