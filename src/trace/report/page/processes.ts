import { html, type Section, table } from "../../../page/index.ts";
import { countText, rateText, timeText } from "../../../quantities.ts";
import type { ProcessSummary, Summary } from "../summary.ts";
import { commandOf } from "./header.ts";

/** The go processes, if there were several. */
export function processesPart({ processes }: Summary): Section | undefined {
  if (processes.length < 2) return undefined;
  return {
    id: "processes",
    title: "Processes",
    hint: "Each go command starts the cache program anew.",
    content: table<ProcessSummary>(
      "The go processes",
      [
        { title: "command", cell: (process) => html`<code>${commandOf(process)}</code>` },
        { title: "requests", isNumber: true, cell: ({ requests }) => countText(requests) },
        { title: "hit rate", isNumber: true, cell: ({ total }) => rateText(total.hits, total.gets) },
        { title: "in flight", isNumber: true, cell: ({ time }) => timeText(time.inFlight / 1_000) },
        { title: "took", isNumber: true, cell: ({ time }) => timeText(time.total / 1_000) },
      ],
      processes,
    ),
  };
}
