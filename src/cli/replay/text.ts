import { columns, countText, plural, sizeText, timeText } from "../../quantities.ts";
import { oneLine } from "../../safe-text.ts";
import type { ReplayLatency, ReplayProblem, ReplayReport, Traffic } from "../../trace/replay/report.ts";

/** How many problems of a kind are listed. */
const listed = 5;

type Row = readonly [name: string, of: (traffic: Traffic) => string];

const counts: readonly Row[] = [
  ["gets", ({ gets }) => countText(gets)],
  ["  hits", ({ hits }) => countText(hits)],
  ["  misses", ({ misses }) => countText(misses)],
  ["puts", ({ puts }) => countText(puts)],
  ["  bodies", ({ bytes }) => sizeText(bytes)],
  ["errors", ({ errors }) => countText(errors)],
  ["unanswered", ({ unanswered }) => countText(unanswered)],
  ["time", ({ elapsed }) => timeText(elapsed)],
  ["  waiting", ({ busy }) => timeText(busy)],
];

/** A replay and its recording side by side, and what the program did wrong. */
export function replayText({ recorded, replayed, problems }: ReplayReport): string {
  const sides = [recorded, replayed];
  const rows = [...counts, ...latencies("get"), ...latencies("put")]
    .map(([name, of]) => [name, ...sides.map(of)])
    .filter(([name, ...cells]) => !optional.has(name ?? "") || cells.some((cell) => !/^0?$/.test(cell)));
  return columns([["", "recorded", "replayed"], ...rows]) + problemText(problems);
}

/** The rows that are left out if they say nothing. */
const optional: ReadonlySet<string> = new Set(
  ["errors", "unanswered"].concat([...latencies("get"), ...latencies("put")].map(([name]) => name)),
);

function latencies(command: "get" | "put"): readonly Row[] {
  const row = (name: keyof ReplayLatency): Row => [
    `${command} ${name}`,
    ({ latency }) => {
      const ms = latency[command][name];
      return ms === undefined ? "" : timeText(ms);
    },
  ];
  return [row("p50"), row("p90"), row("p99"), row("max")];
}

const sentences: Readonly<Record<ReplayProblem["kind"], string>> = {
  missed: "the get of an entry that is there missed",
  wrong: "a hit has another OutputID or Size than the put",
  error: "the program refused a request",
};

function problemText(problems: readonly ReplayProblem[]): string {
  const groups = Map.groupBy(problems, ({ kind }) => kind);
  return [...groups]
    .map(([kind, group]) => {
      const lines = group
        .slice(0, listed)
        .map(({ command, action, text }) => `  ${command} ${action}${text && `: ${oneLine(text)}`}\n`);
      const more = group.length - lines.length;
      return `\n${sentences[kind]} (${plural(group.length, "time")})\n${lines.join("")}${more > 0 ? `  and ${countText(more)} more\n` : ""}`;
    })
    .join("");
}
