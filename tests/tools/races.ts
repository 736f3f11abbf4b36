/*
 * The last run, on 26 November 2026 with go1.26.8 and two processors:
 *
 *     persistence/killed     index-in-place, window 35.0 ms: go 9 of 40, the check 20 of 20
 *     processes/same-entries shares-temporary-file, window 0.2 ms: go 16 of 40, the check 20 of 20
 *     close/earlier-requests close-overtakes, window 5.9 ms: a client that doesn't wait 10 of 40, the check 20 of 20
 *     end/answers            exits-at-end-of-stdin, window 2.6 ms: a client that doesn't wait 10 of 40, the check 20 of 20
 *
 * Go's rates depend on what else the machine does. In all runs with these windows, go ran into the first fault 39 of 180
 * times, and into the second 80 of 260 times; with two builds at once instead of three, 12 of 100 times.
 */
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { GoSandbox } from "../../fixtures/go-sandbox.ts";
import { run } from "../../src/conformance/runner/run.ts";
import { select } from "../../src/conformance/select.ts";
import { checkNames, integer, runTool } from "./command-line.ts";

const usage = `usage: bun run races [--tries N] [--runs N] [CHECK]...

Measures how surely each check of a race finds a fault that the go command runs into once in four tries. Needs go, and
five minutes. Exits with 1 if a check finds its fault in fewer than 19 of 20 runs.

  --tries N  how often go tries each fault (default: 40)
  --runs N   how often each check runs on the program with the fault (default: 20)

Each fault shows only in a window of time. For the first two checks, go runs into it: it builds a module while the
program is killed at some moment, and then again; or it builds a module three times at once.

go can't run into the faults of the last two: it sends close only when it has all responses, and doesn't miss those that
come after its end. Their window is the time between go's last request and close, or the end of stdin; a quarter of the
times are shorter. So a client that sends its requests when go does, but doesn't wait for responses, fails once in four
tries.
`;

interface Race {
  readonly check: string;
  readonly fault: string;
  /** How long the fault can show each time, in ms, so that go runs into it once in four tries; undefined if it can't. */
  readonly window?: number;
  /** Whether go runs into the fault in one try; without a window, how long after the last request go ended, in ms. */
  try(place: Place): Promise<boolean | number>;
}

const races: readonly Race[] = [
  { check: "persistence/killed", fault: "index-in-place", window: 35, try: buildAfterKill },
  { check: "processes/same-entries", fault: "shares-temporary-file", window: 0.2, try: buildAtOnce },
  {
    check: "close/earlier-requests",
    fault: "close-overtakes",
    try: (place) => place.end(["build", "-o", "greeting", "."]),
  },
  {
    check: "end/answers",
    fault: "exits-at-end-of-stdin",
    try: (place) => place.end(["list", "-export", "."]),
  },
];

/** How many builds use a directory at once. */
const atOnce = 3;
/** The share of runs in which a check has to find the fault. */
const surely = 19 / 20;
/** The longest that a go command may take, in ms. */
const patience = 60_000;

/** One module and one store, for one try. */
class Place {
  readonly #sandbox: GoSandbox;
  readonly #program: readonly string[];
  readonly #module: string;
  readonly #store: string;

  /** @param filled a store with the standard library */
  constructor(sandbox: GoSandbox, filled: string, { fault, window }: Race) {
    this.#sandbox = sandbox;
    this.#module = sandbox.module();
    this.#store = sandbox.folder("store");
    cpSync(filled, this.#store, { recursive: true });
    this.#program = window === undefined ? program(this.#store) : program(this.#store, fault, window);
  }

  /** Builds the module. @param before words of a command that runs the program */
  build(before: readonly string[] = [], output = "greeting") {
    return this.#go(["build", "-o", output, "."], [...before, ...this.#program]);
  }

  /** Runs go. @returns how long after its last request it sent close, or stdin ended, in ms */
  async end(args: readonly string[]): Promise<number> {
    const file = join(this.#module, "end.txt");
    await this.#go(args, [...script("last-request.ts", file), ...this.#program]);
    return Number(readFileSync(file, "utf8"));
  }

  remove(): void {
    for (const folder of [this.#store, this.#module]) rmSync(folder, { recursive: true, force: true });
  }

  #go(args: readonly string[], cacheProgram: readonly string[]) {
    return this.#sandbox.run(args, { cwd: this.#module, cacheProgram });
  }
}

function script(name: string, ...args: readonly string[]): string[] {
  return [process.execPath, join(import.meta.dir, "races", name), ...args];
}

function program(store: string, fault?: string, window = 0): string[] {
  const words = [process.execPath, join(import.meta.dir, "../../fixtures/faulty-server.ts"), "--dir", store];
  return fault === undefined ? words : [...words, "--fault", fault, "--window", String(window)];
}

/** Kills the program at any moment of a build; the next build fails if that was the wrong one. */
async function buildAfterKill(place: Place): Promise<boolean> {
  await place.build(script("kill-after.ts", String(Math.random() * usualBuild)));
  return (await place.build()).exitCode !== 0;
}

/** How long a build takes, in ms; measured before the first try. */
let usualBuild = 0;

/** Builds the same module several times at once: fails if one of the builds does. */
async function buildAtOnce(place: Place): Promise<boolean> {
  const builds = Array.from({ length: atOnce }, (_, i) => place.build([], `greeting-${i}`));
  return (await Promise.all(builds)).some(({ exitCode }) => exitCode !== 0);
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await work());
  return results;
}

/** Runs a check on the program with the fault. */
async function isFound({ check, fault }: Race, window: number): Promise<boolean> {
  const { results } = await run(program("{dir}", fault, window), {
    checks: select({ only: [check] }).checks,
  });
  return results.some(({ verdict }) => verdict === "failed");
}

async function main(names: readonly string[], tries: number, runs: number): Promise<boolean> {
  await using sandbox = new GoSandbox(patience);
  const filled = sandbox.folder("filled");
  await sandbox.run(["build", "-o", "greeting", "."], {
    cwd: sandbox.module(),
    cacheProgram: program(filled),
  });
  let isSure = true;
  for (const race of races.filter(({ check }) => names.length === 0 || names.includes(check))) {
    const attempt = async <T>(work: (place: Place) => Promise<T>): Promise<T> => {
      const place = new Place(sandbox, filled, race);
      return work(place).finally(() => place.remove());
    };
    usualBuild = await attempt(async (place) => (await place.build()).wall);
    const tried = await repeat(tries, () => attempt(race.try));
    const times = tried.filter((each) => typeof each === "number").sort((a, b) => a - b);
    const window = race.window ?? times[Math.floor(tries / 4)] ?? 0;
    const hits = tried.filter((each) => each === true || (typeof each === "number" && each < window)).length;
    const finds = (await repeat(runs, () => isFound(race, window))).filter(Boolean).length;
    isSure &&= finds >= surely * runs;
    const go = race.window === undefined ? "a client that doesn't wait" : "go";
    console.log(
      `${race.check.padEnd(22)} ${race.fault}, window ${window.toFixed(1)} ms: ${go} ${hits} of ${tries}, the check ${finds} of ${runs}`,
    );
  }
  return isSure;
}

await runTool(
  {
    name: "races",
    usage,
    options: { tries: { type: "string", default: "40" }, runs: { type: "string", default: "20" } },
    words: true,
  },
  async ({ values, positionals }) => {
    checkNames(
      "check",
      positionals,
      races.map(({ check }) => check),
    );
    const isSure = await main(
      positionals,
      integer("--tries", values.tries, 1),
      integer("--runs", values.runs, 1),
    );
    return isSure ? 0 : 1;
  },
);
