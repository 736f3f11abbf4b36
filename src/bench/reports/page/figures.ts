import { html, type Scale, type Section, spreadLine, table } from "../../../page/index.ts";
import { percentText, sizeText, timeText } from "../../../quantities.ts";
import type { Report, Result } from "../../report.ts";
import { count } from "../units.ts";
import { drawnPrograms } from "./programs.ts";

interface Row {
  readonly name: string;
  readonly result: Result;
  /** Of all programs, so that their spreads can be compared. */
  readonly scale: Scale;
}

/** All figures, those of the programs one below the other. */
export function figuresPart(report: Report): Section {
  const programs = drawnPrograms(report).map(({ program }) => program);
  const ids = [...new Set(programs.flatMap(({ results }) => results.map(({ figure }) => figure.id)))];
  const rows = ids.flatMap((id) => {
    const results = programs.flatMap(({ name, results }) => {
      const result = results.find(({ figure }) => figure.id === id);
      return result === undefined ? [] : [{ name, result }];
    });
    const scale = scaleOf(results.flatMap(({ result }) => result.speed?.runs ?? []));
    return results.map((each): Row => ({ ...each, scale }));
  });
  return {
    id: "figures",
    title: "Figures",
    hint: "A dot is a round; the line in it is the median.",
    content: rowsTable(rows),
  };
}

function rowsTable(rows: readonly Row[]) {
  const time = (value: number | undefined) => (value === undefined ? "–" : timeText(value));
  const number = (title: string, cell: (result: Result) => string, isWide = false) => ({
    title,
    isNumber: true,
    ...(isWide && { class: "wide" }),
    cell: ({ result }: Row) => cell(result),
  });
  return table<Row>(
    "All figures",
    [
      {
        title: "figure",
        cell: ({ result }) => html`<span title="${result.figure.description}">${result.figure.id}</span>`,
      },
      {
        title: "program",
        cell: ({ name, result }) =>
          html`${name}${result.problem && html` <b>${result.problem.kind}: ${result.problem.text}</b>`}`,
      },
      number("median", medianText),
      { title: "rounds", class: "wide", cell: spreadCell },
      number("spread", ({ speed }) =>
        speed === undefined || speed.runs.length < 2 ? "–" : percentText(speed.spread),
      ),
      number("of limit", ({ ofLimit }) => (ofLimit === undefined ? "–" : percentText(ofLimit)), true),
      number("MB/s", ({ bandwidth }) => (bandwidth === undefined ? "–" : count(bandwidth / 1e6)), true),
      number("p50", ({ latency }) => time(latency.p50)),
      number("p99", ({ latency }) => time(latency.p99)),
      number("max", ({ latency }) => time(latency.max), true),
      number("CPU", ({ cpuPerCall }) => time(cpuPerCall), true),
      number("memory", ({ memory }) => (memory === undefined ? "–" : sizeText(memory)), true),
    ],
    rows,
  );
}

function medianText({ figure, speed }: Result): string {
  if (speed === undefined) return "–";
  return figure.shows === "rate" ? `${count(speed.median)}/s` : timeText(1_000 / speed.median);
}

function spreadCell({ name, result: { speed, figure }, scale }: Row) {
  if (speed === undefined) return undefined;
  const label = `${name}, ${figure.id}: from ${count(speed.min)} to ${count(speed.max)} a second`;
  return spreadLine({ values: speed.runs, middle: speed.median, tone: "info" }, scale, label);
}

/** From 0 to 1, between the smallest and the largest value. */
function scaleOf(values: readonly number[]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { place: (value) => (high > low ? (value - low) / (high - low) : 0.5), ticks: [] };
}
