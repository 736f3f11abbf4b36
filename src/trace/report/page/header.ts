import { facts, type Html, html, type Section, tiles } from "../../../page/index.ts";
import { countText, plural, rateText, sizeText, timeText } from "../../../quantities.ts";
import type { ProcessSummary, Summary } from "../summary.ts";

/** What was recorded: the command, go, the program, when and where. */
export function header({ processes }: Summary): Html {
  const [first] = processes;
  if (first === undefined) return html``;
  const others = processes.length - 1;
  return html`<h1><code>${commandOf(first)}</code>${others > 0 && html` and ${plural(others, "more go process", "more go processes")}`}</h1>
${facts([
  ["go", shared(processes, ({ version }) => version)],
  ["cache program", code(shared(processes, ({ program }) => program.join(" ") || "go's own"))],
  ["in", code(shared(processes, ({ directory }) => directory))],
  ["started", first.started.replace("T", " ").replace(/\.\d+/, "")],
  ["took", timeText(spanOf(processes) / 1_000)],
])}`;
}

/** The command line of a go process. */
export function commandOf({ command, pid }: ProcessSummary): string {
  return command.join(" ") || `go, process ${pid}`;
}

/** From the start of the first process to the end of the last one, in microseconds. */
function spanOf(processes: readonly ProcessSummary[]): number {
  const starts = processes.map(({ started }) => microsecondsOf(started));
  const first = Math.min(...starts);
  return Math.max(...processes.map(({ time }, at) => (starts[at] ?? first) - first + time.total));
}

/** A time in RFC 3339, in microseconds since 1970. */
export function microsecondsOf(time: string): number {
  return Number(Temporal.Instant.from(time).epochNanoseconds / 1_000n);
}

/** What all have in common, or all of it. */
function shared(processes: readonly ProcessSummary[], of: (process: ProcessSummary) => string): string {
  const all = [...new Set(processes.map(of))].filter((text) => text !== "");
  return all.length <= 3
    ? all.join(", ")
    : `${all.slice(0, 2).join(", ")} and ${countText(all.length - 2)} more`;
}

function code(text: string): Html | "" {
  return text === "" ? "" : html`<code>${text}</code>`;
}

/** The figures that one sees first. */
export function totals({ total, time, requests, actions }: Summary): Section {
  const waited = time.total === 0 ? 0 : time.inFlight / time.total;
  const failed = total.errors + total.lost;
  return {
    id: "summary",
    title: "Summary",
    content: tiles([
      {
        name: "Hit rate",
        value: rateText(total.hits, total.gets),
        note: `${countText(total.hits)} of ${plural(total.gets, "get")}`,
      },
      {
        name: "With requests in flight",
        value: timeText(time.inFlight / 1_000),
        note: `${rateText(waited, 1)} of ${timeText(time.total / 1_000)}`,
      },
      { name: "Requests", value: countText(requests), note: `at most ${countText(time.most)} at once` },
      {
        name: "Read",
        value: sizeText(total.hitBytes),
        note: `in ${plural(total.hits, "hit")}`,
      },
      {
        name: "Written",
        value: sizeText(total.putBytes),
        note: `in ${plural(total.puts, "put")}`,
      },
      {
        name: "Failed",
        value: countText(failed),
        note: `${plural(total.errors, "error")}, ${countText(total.lost)} without response`,
        ...(failed > 0 && { tone: "bad" as const }),
      },
      {
        name: "Actions with a name",
        value: rateText(actions.named, actions.named + actions.unnamed),
        note: `of ${countText(actions.named + actions.unnamed)}`,
      },
    ]),
  };
}
