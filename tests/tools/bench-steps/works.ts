import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../fixtures/random.ts";
import { takeTurns } from "../bench-peers/turns.ts";
import type { Contender } from "./contender.ts";
import { type BenchPackage, packageFolder, smallSources } from "./monorepo.ts";
import { Site } from "./site.ts";
import { timed } from "./timed.ts";

/** What a work needs. */
export interface Setting {
  /** An empty folder. */
  readonly folder: string;
  readonly rounds: number;
  /** This project first. */
  readonly contenders: readonly Contender[];
  /** The folder of the package as it's installed. */
  readonly dist: string;
}

/** What a work took, in ms, by who did it, round by round. */
export type Times = ReadonlyMap<string, readonly number[]>;

/** One line of the table. */
export interface Work {
  readonly name: string;
  readonly target: string;
  /** Whether the target is reached by medians. `of` gives that of a contender. */
  readonly isReached: (of: (name: string) => number) => boolean;
  measure(setting: Setting): Promise<Times>;
}

const small: BenchPackage = {
  name: "app",
  command: "cat src/*/*.txt > dist/all.txt",
  sources: smallSources(1_000),
  dependencies: [],
};

const isFastest = (of: (name: string) => number) =>
  ["wireit", "turbo"].every((rival) => !(of(rival) < of("cacheprogw")));

export const works: readonly Work[] = [
  {
    name: "a hit: 1,000 small inputs, outputs in place",
    target: "60 ms, and the fastest",
    isReached: (of) => of("cacheprogw") <= 60 && isFastest(of),
    measure: (setting) => contest(setting, [small], (site) => site.hit()),
  },
  {
    name: "the same in a script: `step()` called a second time",
    target: "15 ms",
    isReached: (of) => of("cacheprogw") <= 15,
    async measure({ folder, rounds, dist, contenders: [ours] }) {
      if (ours === undefined) throw new Error("no contender");
      const root = join(folder, "script");
      const site = new Site(ours, root, [small]);
      await settled();
      site.hit();
      const script = join(import.meta.dir, "second-call.ts");
      const argv = [process.execPath, script, join(dist, "step/index.js"), packageFolder(root, small)];
      const { env } = ours.launch(root, small);
      const second = async () => Number(Bun.spawnSync(argv, { env: { ...process.env, ...env } }).stdout);
      const [times = []] = await takeTurns(rounds, [second]);
      return new Map([[ours.name, times]]);
    },
  },
  {
    name: "a hit that restores 1,000 files, 100 MB",
    target: "1.3 times `cp -r`",
    isReached: (of) => of("cacheprogw") <= 1.3 * of("cp -r"),
    async measure(setting) {
      const made = join(setting.folder, "made");
      writeOutputs(made);
      const copying = { ...small, command: `cp -r ${made}/. dist`, sources: { "a.txt": "a\n" } };
      const to = join(setting.folder, "copy");
      let copies = 0;
      const copy = () => {
        if (copies++ > 0) renameSync(to, `${to}-${copies}`);
        return timed({ argv: ["cp", "-r", made, to], cwd: setting.folder, env: {} });
      };
      return contest(setting, [copying], (site) => site.restore(), ["cp -r", copy]);
    },
  },
  missOf("true", "true"),
  missOf("a command of 1 s", "sleep 1"),
  {
    name: "50 steps, all hits",
    target: "500 ms",
    isReached: (of) => of("cacheprogw") <= 500,
    measure: (setting) => contest(setting, manyPackages(50), (site) => site.hit()),
  },
];

function missOf(what: string, command: string): Work {
  const of = { ...small, command, sources: { "a.txt": "a\n" } };
  return {
    name: `a miss: ${what}`,
    target: "1.05 times the bare command, plus 30 ms",
    isReached: (median) => median("cacheprogw") <= 1.05 * median("bare") + 30,
    measure(setting) {
      const packages = [{ ...of, command: `${command} && cat src/*.txt > dist/all.txt` }];
      const plain: Contender = {
        name: "bare",
        configure: () => {},
        launch: (root, one) => ({
          argv: ["sh", "-c", `mkdir -p dist && ${packages[0]?.command} && touch ${join(root, "runs")}/$$`],
          cwd: packageFolder(root, one),
          env: {},
        }),
      };
      const contenders = [...setting.contenders, plain];
      return contest({ ...setting, contenders }, packages, (site) => site.miss());
    },
  };
}

/** Lets each contender do the same in a monorepo of its own, in turns. */
async function contest(
  { folder, rounds, contenders }: Setting,
  packages: readonly BenchPackage[],
  take: (site: Site) => number,
  other?: readonly [name: string, take: () => number],
): Promise<Times> {
  const candidates = contenders.map(({ name, ...contender }, at) => {
    const site = new Site({ name, ...contender }, join(folder, `site-${at}`), packages);
    return [name, () => take(site)] as const;
  });
  if (other !== undefined) candidates.push(other);
  // A first turn that doesn't count.
  await settled();
  const turns = candidates.map(
    ([, take]) =>
      async () =>
        take(),
  );
  await takeTurns(1, turns);
  const times = await takeTurns(rounds, turns);
  return new Map(candidates.map(([name], at) => [name, times[at] ?? []]));
}

/** Waits until the times of all files are old enough to be trusted. */
function settled(): Promise<void> {
  return Bun.sleep(2_500);
}

/** 1,000 files of 100 kB that nothing can compress, in 20 folders. */
function writeOutputs(folder: string): void {
  for (let at = 0; at < 1_000; at++) {
    const inner = join(folder, `folder-${at % 20}`);
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, `file-${at}`), new Random(at).bytes(100_000));
  }
}

/** Packages whose steps depend on each other as a tree does. */
function manyPackages(count: number): readonly BenchPackage[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `package-${at}`,
    command: "cat src/*.txt > dist/all.txt",
    sources: Object.fromEntries(
      Array.from({ length: 10 }, (_, file) => [`file-${file}.txt`, `file ${file} of ${at}\n`]),
    ),
    dependencies:
      at === count - 1 ? Array.from({ length: count - 1 }, (_, of) => `package-${of}`) : inTree(at),
  }));
}

function inTree(at: number): readonly string[] {
  return at === 0 ? [] : [`package-${Math.floor((at - 1) / 2)}`];
}
