import type { Machine } from "../machine.ts";
import { format, version } from "../reports/json.ts";

/** The figures of an earlier run, read from a file that --save wrote. */
export interface Baseline {
  readonly machine: Machine;
  /** By figure id: the speeds of the first program and of the no-op program. */
  readonly figures: ReadonlyMap<string, Runs>;
}

/** The runs of one figure. */
export interface Runs {
  readonly speeds: readonly number[];
  /** The speeds of the no-op program; empty if unknown. */
  readonly limits: readonly number[];
}

/** The text isn't a baseline. The message says what is wrong. */
export class BadBaseline extends Error {
  override readonly name = "BadBaseline";
}

/** Parses the output of {@link jsonReport}. @throws {BadBaseline} for anything else */
export function parseBaseline(text: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BadBaseline("it is not JSON", { cause });
  }
  if (field(value, "format") !== format)
    throw new BadBaseline(`its "format" isn't ${JSON.stringify(format)}`);
  const written = field(value, "version");
  if (written !== version) {
    throw new BadBaseline(`its version is ${JSON.stringify(written)}; expected ${version}; save a new one`);
  }
  const machine = field(value, "machine");
  const figures = field(at(field(value, "programs"), 0), "figures");
  if (!Array.isArray(figures)) throw new BadBaseline("it has no figures");
  const limits = field(field(value, "limit"), "figures");
  return {
    machine: {
      system: String(field(machine, "system")),
      processor: String(field(machine, "processor")),
      processors: Number(field(machine, "processors")),
      bun: String(field(machine, "bun")),
    },
    figures: new Map(figures.flatMap((figure) => runsOf(figure, limits))),
  };
}

function runsOf(figure: unknown, limits: unknown): [string, Runs][] {
  const id = field(figure, "id");
  const speeds = speedsOf(figure);
  if (typeof id !== "string" || speeds.length === 0) return [];
  const limit = Array.isArray(limits) ? limits.find((each) => field(each, "id") === id) : undefined;
  return [[id, { speeds, limits: speedsOf(limit) }]];
}

function speedsOf(figure: unknown): readonly number[] {
  const runs = field(field(figure, "speed"), "runs");
  return Array.isArray(runs) && runs.every((run) => typeof run === "number" && run > 0) ? runs : [];
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function at(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value[index] : undefined;
}
