import type { Machine } from "./machine.ts";
import type { Report } from "./report.ts";
import { format, version } from "./reports/json.ts";

/** The figures of an earlier run. */
export interface Baseline {
  readonly machine: Machine;
  /** By the id of the figure: how fast the first program was. */
  readonly speeds: ReadonlyMap<string, number>;
}

/** How a figure changed. */
export interface Change {
  readonly id: string;
  /** What it was compared with: the baseline, or the other program. */
  readonly to: "baseline" | "program";
  /** By which part it became faster; below 0 it became slower. */
  readonly change: number;
}

/** What a baseline does not have of what it must, or anything that is no such file. */
export class BadBaseline extends Error {
  override readonly name = "BadBaseline";
}

/** Reads what {@link jsonReport} wrote. @throws {BadBaseline} for anything else, with what is wrong */
export function parseBaseline(text: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BadBaseline("it is not JSON", { cause });
  }
  if (field(value, "format") !== format)
    throw new BadBaseline(`it has no "format" of ${JSON.stringify(format)}`);
  const written = field(value, "version");
  if (written !== version) {
    throw new BadBaseline(`its version is ${JSON.stringify(written)}; expected ${version}: save it anew`);
  }
  const machine = field(value, "machine");
  const figures = field(at(field(value, "programs"), 0), "figures");
  if (!Array.isArray(figures)) throw new BadBaseline("it has no figures");
  return {
    machine: {
      system: String(field(machine, "system")),
      processor: String(field(machine, "processor")),
      processors: Number(field(machine, "processors")),
      bun: String(field(machine, "bun")),
    },
    speeds: new Map(figures.flatMap((figure) => speedOf(figure))),
  };
}

/** How the first program did against an earlier run of it: each figure that is in both. */
export function changesSince({ speeds }: Baseline, { programs }: Report): readonly Change[] {
  return (programs[0]?.results ?? []).flatMap(({ figure: { id }, speed }) => {
    const before = speeds.get(id);
    if (before === undefined || speed === undefined) return [];
    return [{ id, to: "baseline" as const, change: speed.median / before - 1 }];
  });
}

/** How the first program did against the second. */
export function changesBetween({ ratios }: Report): readonly Change[] {
  return ratios.map(({ figure: { id }, ratio }) => ({ id, to: "program", change: ratio.median - 1 }));
}

/** Those that are slower by more than is allowed. @param most as a part: 0.1 is ten per cent */
export function regressions(changes: readonly Change[], most: number): readonly Change[] {
  // A tenth is not the sum of halves: what is exactly at the limit is allowed.
  return changes.filter(({ change }) => change < -most - 1e-9);
}

function speedOf(figure: unknown): [string, number][] {
  const [id, median] = [field(figure, "id"), field(field(figure, "speed"), "median")];
  return typeof id === "string" && typeof median === "number" && median > 0 ? [[id, median]] : [];
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function at(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value[index] : undefined;
}
