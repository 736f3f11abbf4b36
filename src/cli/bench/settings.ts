import { BadBaseline, type Baseline, parseBaseline } from "../../bench/comparison/baseline.ts";
import { figuresIn, type Scenario } from "../../bench/workloads/figure.ts";
import { select, workloads } from "../../bench/workloads/select.ts";
import { ArgumentError } from "../../errors.ts";
import { suggestion } from "../arguments/suggestion.ts";
import type { Input } from "../command.ts";
import { Failure, systemReason, UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";

/**
 * How many rounds there are unless it is said. Two programs come first in turn, so they need an even number: in one more,
 * one of them would have the better place more often.
 */
export const defaultRounds = { one: 5, two: 6 };
/** How long all figures of all programs are measured in all, and how long one of them at most, in ms, unless it is said. */
const defaultTime = { all: 30_000, figure: 2_000 };
/** When no round begins any more, in ms, unless it is said how many there are or how long they take. */
const timeLimit = 55_000;
/** When no round begins any more that is only there since the ones before it did not agree, in ms, unless it is said. */
export const defaultBudget = 180_000;
/** The longest that can be asked for: a day in seconds, and as many rounds as nobody needs. */
const most = { seconds: 86_400, rounds: 10_000 };

const benchFormats = ["json", "csv", "markdown"] as const;
export type BenchFormat = "text" | (typeof benchFormats)[number];

/** What a user wants to have measured, and how. */
export interface BenchSettings {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** In ms. */
  readonly slice: number;
  /** In ms. */
  readonly timeLimit: number;
  /** How long rounds may go on that --max-regress still needs, from the start, in ms. */
  readonly budget: number;
  readonly format: BenchFormat;
  readonly save: string | undefined;
  readonly baseline: Baseline | undefined;
  /** As a part: 0.1 is ten per cent. */
  readonly maxRegress: number | undefined;
}

/**
 * @param programs how many are measured
 * @throws (rejects) {UsageError} for what makes no sense; {Failure} for files that can not be read or written
 */
export async function benchSettings(input: Input, programs: number): Promise<BenchSettings> {
  const { options } = input;
  const scenarios = scenariosOf(input);
  const rounds = roundsOf(options.get("runs")) ?? (programs < 2 ? defaultRounds.one : defaultRounds.two);
  const maxRegress = percentOf(options.get("max-regress"));
  const baseline = options.get("baseline");
  if (maxRegress !== undefined && baseline === undefined && programs < 2) {
    throw new UsageError(
      "option --max-regress has nothing to compare with; expected --baseline FILE or --vs too",
    );
  }
  if (options.has("budget") && (maxRegress === undefined || options.has("runs"))) {
    throw new UsageError(
      "option --budget is for --max-regress without --runs; expected these, or no --budget",
    );
  }
  const save = options.get("save");
  if (save !== undefined) await checkTarget(save);
  const asked = options.has("time") || options.has("runs");
  return {
    scenarios,
    rounds,
    // The program that does nothing is measured as well.
    slice:
      (timeOf("time", options.get("time")) ?? shareOf(figuresIn(scenarios).length * (programs + 1))) / rounds,
    timeLimit: asked ? Number.POSITIVE_INFINITY : timeLimit,
    budget: options.has("runs") ? 0 : (timeOf("budget", options.get("budget")) ?? defaultBudget),
    format: formatOf(input),
    save,
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

function shareOf(figures: number): number {
  return Math.min(defaultTime.figure, defaultTime.all / figures);
}

function scenariosOf({ operands, values }: Input): readonly Scenario[] {
  const asked = values.get("workload");
  const names = workloads.map(({ name }) => name);
  const unknown = asked?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `there is no workload ${JSON.stringify(unknown)}; expected one of: ${names.join(", ")}.${suggestion(unknown, names)}`,
    );
  }
  // A figure that is named is enough; without names, it is the first workload.
  const all = operands.length > 0 ? names : names.slice(0, 1);
  try {
    return select(
      operands,
      workloads.filter(({ name }) => (asked ?? all).includes(name)),
    );
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
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
    throw new UsageError(`${path} is no baseline: ${error.message}; expected a file that --save wrote`, {
      cause: error,
    });
  }
}
