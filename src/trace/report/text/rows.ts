import { countText, percentText, plural, rateText, sizeText, timeText } from "../../../quantities.ts";
import { joinCommand } from "../../../wire/command-line.ts";
import { showName } from "../../names/show-name.ts";
import type { GroupSummary, LatencySummary, Summary } from "../summary.ts";
import { listed, requestName } from "../words.ts";

/** A row of the summary: what it's about, and a sentence or less. */
export type Row = readonly [label: string, text: string];

/** What was recorded: go's command line, its version and its directory. */
export function heading({ processes }: Summary): string {
  const commands = [...new Set(processes.map(({ command }) => joinCommand(command) || "go"))];
  const versions = [...new Set(processes.map(({ version }) => version).filter((version) => version !== ""))];
  const [directory, ...others] = new Set(processes.map(({ directory }) => directory));
  const first =
    processes.length === 1
      ? listed(commands)
      : `${plural(processes.length, "go process", "go processes")}: ${listed(commands)}`;
  const where = others.length === 0 && directory ? [directory] : [];
  return [first, ...versions, ...where].join(" · ");
}

/** The summary in about eight rows, without those that would say nothing. */
export function rows(summary: Summary): Row[] {
  return [
    ["cache", programs(summary)],
    ["requests", requests(summary)],
    ...outcomes(summary),
    ...times(summary),
    ...unnamed(summary),
  ];
}

/** A build without an action graph has few names, and somebody who sees none wants to know why. */
function unnamed({ actions, processes }: Summary): Row[] {
  if (actions.unnamed === 0) return [];
  const all = actions.named + actions.unnamed;
  const without = actions.withoutGraph;
  const which = processes.length === 1 ? "it" : `${countText(without)} of the go processes`;
  const verb = without === 1 ? "has" : "have";
  const why = without === 0 ? "" : `; ${which} ${verb} no action graph, which cacheprogw trace records`;
  return [["no name", `${countText(actions.unnamed)} of ${plural(all, "action")}${why}`]];
}

function programs({ processes }: Summary): string {
  const all = new Set(
    processes.map(({ program }) => (program.length === 0 ? "go's own" : joinCommand(program))),
  );
  return listed([...all]);
}

function requests({ total: { gets, puts }, time, processes }: Summary): string {
  const each = [plural(gets, "get"), plural(puts, "put")].join(" and ");
  const long = timeText(time.total / 1000);
  return processes.length === 1 ? `${each} in ${long}` : `${each}; the go processes took ${long} together`;
}

function outcomes({ total, kinds, packages }: Summary): Row[] {
  const { gets, hits, misses, puts, stored, hitBytes, putBytes, errors, lost } = total;
  const missed = (groups: readonly GroupSummary[]) => groups.filter((group) => group.total.misses > 0);
  const byMisses = missed(kinds).sort((a, b) => b.total.misses - a.total.misses);
  const where = missed(packages).filter(({ name }) => name !== "");
  const what = byMisses.map(({ name, total }) => missesOf(name, total.misses));
  const rows: (Row | undefined)[] = [
    gets > 0
      ? [
          "hits",
          `${countText(hits)} of ${plural(gets, "get")} (${rateText(hits, gets)}), ${sizeText(hitBytes)}`,
        ]
      : undefined,
    misses > 0 ? ["misses", `${countText(misses)}: ${what.join(", ")}`] : undefined,
    where.length > 0
      ? [
          "",
          `in ${listed(
            where.map(({ name }) => name),
            "packages",
          )}`,
        ]
      : undefined,
    puts > 0
      ? [
          "puts",
          `${countText(puts)}, ${sizeText(putBytes)}${stored === puts ? "" : `; ${countText(stored)} stored`}`,
        ]
      : undefined,
    errors > 0 ? ["errors", countText(errors)] : undefined,
    lost > 0 ? ["lost", `${plural(lost, "request")} without a response`] : undefined,
  ];
  return rows.filter((row) => row !== undefined);
}

function missesOf(kind: GroupSummary["name"], misses: number): string {
  // go asks for an executable, but puts none.
  const remark = kind === "link" ? " (go caches none)" : "";
  return `${countText(misses)} ${kind || "without a name"}${remark}`;
}

function times({ time, outcomes, slowest }: Summary): Row[] {
  if (time.inFlight === 0) return [];
  const { total, inFlight, average, most } = time;
  const share = total === 0 ? "" : ` (${percentText(inFlight / total)} of the time)`;
  const many = `${average.toFixed(1)} on average, ${most} at most`;
  const rows: Row[] = [["in flight", `for ${timeText(inFlight / 1000)}${share}; ${many}`]];
  const hit = outcomes.find(({ command, outcome }) => command === "get" && outcome === "hit")?.latency;
  if (hit !== undefined) rows.push(["a hit takes", latency(hit)]);
  const [slow] = slowest.filter(({ command }) => command !== "close");
  if (slow !== undefined) {
    const { command, outcome, kind, action, latency, size } = slow;
    const name = kind === "" ? action.slice(0, 12) : showName({ ...slow, kind });
    const took = `${timeText(latency / 1000)}${size === 0 ? "" : `, ${sizeText(size)}`}`;
    rows.push(["slowest", `${requestName(command, outcome)} of ${name}: ${took}`]);
  }
  return rows;
}

function latency({ p50, p99, max, count }: LatencySummary): string {
  if (count === 1) return timeText(max / 1000);
  const tail =
    count < 100 ? `at most ${timeText(max / 1000)}` : `1 in 100 takes more than ${timeText(p99 / 1000)}`;
  return `${timeText(p50 / 1000)} (median); ${tail}`;
}
