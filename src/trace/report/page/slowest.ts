import { html, type Section, table, toned } from "../../../page/index.ts";
import { sizeText, timeText } from "../../../quantities.ts";
import type { NamedTrace } from "../named.ts";
import type { SlowRequest, Summary } from "../summary.ts";
import { outcomeTones, recordNumbers } from "./requests.ts";

/** The slowest requests. */
export function slowestPart({ slowest }: Summary, traces: readonly NamedTrace[]): Section {
  const first = recordNumbers(traces);
  return {
    id: "slowest",
    title: "Slowest requests",
    hint: "Select one to see it in the timeline and in the table of all requests.",
    content: table<SlowRequest>(
      "The slowest requests",
      [
        {
          title: "what",
          cell: (request) =>
            html`<button type="button" class="link" data-show="requests" data-record="${(first[request.process] ?? 0) + request.number}">${whatOf(request)}</button>`,
        },
        { title: "request", cell: ({ command }) => command },
        { title: "outcome", cell: ({ outcome }) => toned(outcomeTones[outcome], outcome) },
        { title: "took", isNumber: true, cell: ({ latency }) => timeText(latency / 1_000) },
        { title: "size", isNumber: true, class: "wide", cell: ({ size }) => sizeText(size) },
        { title: "sent at", isNumber: true, class: "wide", cell: ({ sent }) => timeText(sent / 1_000) },
      ],
      slowest,
    ),
  };
}

function whatOf({ kind, package: path, file, action, command }: SlowRequest): string {
  const name = [kind, path, file].filter((part) => part !== "").join(" ");
  return name || action.slice(0, 12) || command;
}
