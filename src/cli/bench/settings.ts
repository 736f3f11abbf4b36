import { existsSync } from "node:fs";
import { BadBaseline, type Baseline, parseBaseline } from "../../bench/comparison/baseline.ts";
import { figuresIn, type Scenario, type Workload } from "../../bench/workloads/figure.ts";
import { select, workloads } from "../../bench/workloads/select.ts";
import { traced } from "../../bench/workloads/traced.ts";
import { ArgumentError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";
import { refusePrograms } from "../arguments/misplaced.ts";
import type { Input } from "../command.ts";
import { Failure, systemReason, UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { givenPath } from "../files/given-path.ts";

/**
 * The default numbers of rounds. Two programs take turns at going first, so their number is even: otherwise one of them
 * would have the better place more often.
 */
export const defaultRounds = { one: 5, two: 6 };
/** The default time for all figures of all programs together, and the most for one of them, in ms. */
const defaultTime = { all: 30_000, figure: 2_000 };
/** The default time limit of a run without --runs and --time, in ms: no round starts if it would end later. */
const timeLimit = 55_000;
/** The default --budget, in ms: the time limit for extra rounds. */
export const defaultBudget = 180_000;
/** The largest --time and --budget, a day in seconds, and the largest --runs. */
const most = { seconds: 86_400, rounds: 10_000 };

const benchFormats = ["json", "csv", "markdown"] as const;
export type BenchFormat = "text" | (typeof benchFormats)[number];

/** The options of bench: what to measure, and how. */
export interface BenchSettings {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** In ms. */
  readonly slice: number;
  /** In ms. */
  readonly timeLimit: number;
  /** The time limit for extra rounds while --max-regress is undecided, in ms from the start. */
  readonly budget: number;
  readonly format: BenchFormat;
  readonly save: string | undefined;
  /** The file of the page. */
  readonly page: string | undefined;
  readonly baseline: Baseline | undefined;
  /** As a share: 0.1 is 10 %. */
  readonly maxRegress: number | undefined;
}

/**
 * Parses the options of bench.
 *
 * @param programs how many programs are measured
 * @throws (rejects) {UsageError} for invalid options; {Failure} for files that can't be read or written
 */
export async function benchSettings(input: Input, programs: number): Promise<BenchSettings> {
  const { options } = input;
  const scenarios = await scenariosOf(input);
  const rounds = roundsOf(options.get("runs")) ?? (programs < 2 ? defaultRounds.one : defaultRounds.two);
  const maxRegress = percentOf(options.get("max-regress"));
  const baseline = options.get("baseline");
  if (maxRegress !== undefined && baseline === undefined && programs < 2) {
    throw new UsageError("option --max-regress has nothing to compare with; add --baseline FILE or --vs");
  }
  if (options.has("budget") && (maxRegress === undefined || options.has("runs"))) {
    throw new UsageError("option --budget only works with --max-regress and without --runs");
  }
  const save = options.get("save");
  if (save !== undefined) await checkTarget(save);
  const page = pageOf(options.get("report"));
  if (page !== undefined) await checkTarget(page);
  if (page !== undefined && page === save)
    throw new UsageError(`the page and the figures would both go to ${page}; give each its own file`);
  const asked = options.has("time") || options.has("runs");
  return {
    scenarios,
    rounds,
    // The no-op program is measured too.
    slice:
      (timeOf("time", options.get("time")) ?? shareOf(figuresIn(scenarios).length * (programs + 1))) / rounds,
    timeLimit: asked ? Number.POSITIVE_INFINITY : timeLimit,
    budget: options.has("runs") ? 0 : (timeOf("budget", options.get("budget")) ?? defaultBudget),
    format: formatOf(input),
    save,
    page,
    baseline: baseline === undefined ? undefined : await readBaseline(baseline),
    maxRegress,
  };
}

function formatOf({ options }: Input): BenchFormat {
  const [format = "text", other] = benchFormats.filter((name) => options.has(name));
  if (other !== undefined)
    throw new UsageError(`stdout can't take both --${format} and --${other}; expected one of them`);
  return format;
}

/** The file in the value of --report. */
function pageOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, file] = /^html=(.+)$/s.exec(text) ?? [];
  if (file !== undefined) return givenPath(file, "--report");
  throw new UsageError(`option --report is ${JSON.stringify(text)}; expected html=FILE`);
}

function shareOf(figures: number): number {
  return Math.min(defaultTime.figure, defaultTime.all / figures);
}

async function scenariosOf({ operands, values }: Input): Promise<readonly Scenario[]> {
  refusePrograms("bench", operands);
  const asked = values.get("workload");
  // Named figures may be of any workload; otherwise measure the first workload.
  const from =
    asked === undefined ? workloads.slice(0, operands.length > 0 ? undefined : 1) : await chosen(asked);
  try {
    return select(operands, from);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** The workloads with these names; a name may be the path of a trace. */
async function chosen(names: readonly string[]): Promise<readonly Workload[]> {
  const known = workloads.filter(({ name }) => names.includes(name));
  const paths = new Set(names.filter((name) => !workloads.some((each) => each.name === name)));
  const traces: Workload[] = [];
  for (const path of paths) {
    if (!/[/.]/.test(path) && !existsSync(path)) throw unknownWorkload(path);
    traces.push(await traced(givenPath(path, "the trace")));
  }
  const ids = figuresIn(traces.flatMap(({ scenarios }) => scenarios)).map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw new UsageError(`two traces would both be ${twice}; give each its own file name`);
  return [...known, ...traces];
}

function unknownWorkload(name: string): UsageError {
  const names = workloads.map((each) => each.name);
  return new UsageError(
    `unknown workload ${JSON.stringify(name)}; expected one of: ${names.join(", ")}, or the path of a trace.${didYouMean(name, names)}`,
  );
}

function roundsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most.rounds) return Number(text);
  throw new UsageError(
    `option --runs is ${JSON.stringify(text)}; expected a number from 1 to ${most.rounds}`,
  );
}

/** In ms. */
function timeOf(name: "time" | "budget", text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (/^\d*\.?\d+$/.test(text) && seconds > 0 && seconds <= most.seconds) return seconds * 1_000;
  throw new UsageError(
    `option --${name} is ${JSON.stringify(text)}; expected a number of seconds above 0, such as 2.5, and at most ${most.seconds}`,
  );
}

function percentOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits] = text.match(/^(\d*\.?\d+)%?$/) ?? [];
  const percent = Number(digits);
  if (percent >= 0 && percent < 100) return percent / 100;
  throw new UsageError(
    `option --max-regress is ${JSON.stringify(text)}; expected a percentage below 100, such as 10%`,
  );
}

async function readBaseline(path: string): Promise<Baseline> {
  let text: string;
  try {
    text = await Bun.file(path).text();
  } catch (cause) {
    throw new Failure(`can't read the baseline ${path}: ${systemReason(cause)}`, { cause });
  }
  try {
    return parseBaseline(text);
  } catch (error) {
    if (!(error instanceof BadBaseline)) throw error;
    throw new UsageError(`${path} isn't a baseline: ${error.message}; expected a file written by --save`, {
      cause: error,
    });
  }
}
