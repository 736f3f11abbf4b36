import { type Line, logScale, plot, type Scale, type Section } from "../../../page/index.ts";
import { countText } from "../../../quantities.ts";
import type { Report, Result } from "../../report.ts";
import { count } from "../units.ts";
import { type DrawnProgram, drawnPrograms, partsOf } from "./programs.ts";

const groups = [
  ["get-hit", "Gets that hit"],
  ["get-miss", "Gets that miss"],
] as const;

/** Calls per second against requests in flight. */
export function inFlightParts(report: Report): readonly Section[] {
  return groups.flatMap(([group, title]) => {
    const lines = drawnPrograms(report).map((drawn) => lineOf(drawn, group, (rest) => Number(rest)));
    const values = lines.flatMap(({ points }) => points.map(({ x }) => x));
    if (new Set(values).size < 2) return [];
    return {
      id: group,
      title,
      half: true,
      hint: "Calls per second, by how many requests are in flight. The thick bars are from the slowest round to the fastest.",
      content: plot({
        label: `${title}: calls per second by requests in flight, as in the table of figures`,
        lines,
        x: {
          title: "requests in flight",
          scale: (ends) => only(logScale(values, ends, 2), [...new Set(values)]),
          text: countText,
        },
        y: { title: "calls per second", scale: (ends) => logScale(spreads(lines), ends), text: short },
      }),
    };
  });
}

/** Puts per second against sizes. */
export function putPart(report: Report): Section | undefined {
  const sizes = [...new Set(report.programs.flatMap(({ results }) => results.flatMap(sizeOf)))];
  if (sizes.length < 2) return undefined;
  const lines = drawnPrograms(report).map((drawn) => lineOf(drawn, "put", (rest) => sizes.indexOf(rest)));
  return {
    id: "put",
    title: "Puts",
    half: true,
    hint: "Puts per second, by the size of the body. The thick bars are from the slowest round to the fastest.",
    content: plot({
      label: "Puts per second by size, as in the table of figures",
      lines,
      x: {
        title: "size of the body",
        scale: ([from, to]) => ({
          place: (at) => from + (at / (sizes.length - 1)) * (to - from),
          ticks: sizes.map((_, at) => at),
        }),
        text: (at) => sizes[at] ?? "",
      },
      y: { title: "puts per second", scale: (ends) => logScale(spreads(lines), ends), text: short },
    }),
  };
}

function sizeOf(result: Result): readonly string[] {
  const [group, rest] = partsOf(result);
  return group === "put" && result.speed !== undefined ? [rest] : [];
}

function lineOf({ program, style }: DrawnProgram, group: string, xOf: (rest: string) => number): Line {
  const points = program.results.flatMap((result) => {
    const [of, rest] = partsOf(result);
    const { speed } = result;
    if (of !== group || speed === undefined || !(xOf(rest) >= 0)) return [];
    const title = `${program.name}, ${result.figure.id}: ${count(speed.median)} a second`;
    return { x: xOf(rest), y: speed.median, low: speed.min, high: speed.max, title };
  });
  return { name: program.name, style, points: points.sort((a, b) => a.x - b.x) };
}

/** All values, with the ends of their spreads. */
function spreads(lines: readonly Line[]): readonly number[] {
  return lines.flatMap(({ points }) => points.flatMap(({ y, low = y, high = y }) => [low, high]));
}

/** A round number in little room: `20k`. */
function short(value: number): string {
  return value >= 1_000 ? `${countText(value / 1_000)}k` : count(value);
}

/** A scale with ticks at these values. */
function only(scale: Scale, ticks: readonly number[]): Scale {
  return { ...scale, ticks };
}
