import { type Content, html } from "../../../page/index.ts";
import { plural, timeText } from "../../../quantities.ts";
import type { TraceEntry } from "../../peer/trace.ts";

const arrows: Readonly<Record<TraceEntry["direction"], readonly [sign: string, name: string]>> = {
  to: ["→", "to the program"],
  from: ["←", "from the program"],
  stderr: ["!", "stderr"],
  event: ["·", "event"],
};

/** The whole conversation of a check, or its last messages. */
export function conversation(entries: readonly TraceEntry[] | undefined, wire: readonly string[]): Content {
  if (entries === undefined || entries.length === 0) {
    if (wire.length === 0) return undefined;
    return html`<details><summary>The last messages</summary><pre>${wire.join("\n")}</pre></details>`;
  }
  const [first] = entries;
  const processes = new Set(entries.map(({ process }) => process)).size;
  const title = `The whole conversation: ${plural(entries.length, "line")}${processes > 1 ? `, ${processes} processes` : ""}`;
  return html`<details><summary>${title}</summary>
<table class="conversation"><caption>${title}</caption>
<thead><tr><th scope="col" class="number">time</th>${processes > 1 && html`<th scope="col" class="number">process</th>`}<th scope="col"></th><th scope="col">message</th></tr></thead>
<tbody>${entries.map((entry) => line(entry, first?.time ?? 0, processes > 1))}</tbody></table></details>`;
}

function line(entry: TraceEntry, begun: number, several: boolean): Content {
  const { time, process, direction } = entry;
  const [sign, name] = arrows[direction];
  return html`<tr data-direction="${direction}"><td class="number">${timeText((time - begun) / 1_000)}</td>${several && html`<td class="number">${process}</td>`}<td title="${name}">${sign}</td><td><code>${textOf(entry)}</code></td></tr>
`;
}

function textOf({ message, body, text = "", start }: TraceEntry): string {
  if (message !== undefined) return JSON.stringify(message);
  if (body !== undefined) return `a body of ${plural(body.size, "byte")}, SHA-256 ${body.sha256}`;
  return start === undefined ? text : `${text}: ${start.argv.join(" ")}, pid ${start.pid}, in ${start.cwd}`;
}
