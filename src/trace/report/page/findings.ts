import { type Content, html, type Section, type Tone, toned } from "../../../page/index.ts";
import { countText, plural, sizeText, timeText } from "../../../quantities.ts";
import { showName } from "../../names/show-name.ts";
import type { Finding, Level } from "../findings/finding.ts";
import { latencyOf, type NamedTrace } from "../named.ts";
import type { Report } from "../report.ts";
import { recordNumbers } from "./requests.ts";

const tones: Readonly<Record<Level, readonly [tone: Tone, word: string]>> = {
  wrong: ["bad", "wrong"],
  slow: ["warn", "slow"],
  note: ["info", "note"],
};
/** How many packages are named. */
const mostPackages = 8;

/** What looks wrong, the worst first. */
export function findingsPart({ findings }: Report, traces: readonly NamedTrace[]): Section {
  const count = findings.length;
  return {
    id: "findings",
    title: count === 0 ? "Findings" : `Findings (${countText(count)})`,
    hint: count === 0 ? undefined : "What looks wrong or slow, the worst first.",
    content:
      count === 0
        ? html`<p>${toned("good", "Nothing looks wrong.")}</p>`
        : html`<ul class="findings">${findings.map((finding) => item(finding, traces))}</ul>`,
  };
}

function item(finding: Finding, traces: readonly NamedTrace[]): Content {
  const { level, what, why, advice, source, time, bytes, packages, examples } = finding;
  const [tone, word] = tones[level];
  const cost = [time > 0 && timeText(time / 1_000), bytes > 0 && sizeText(bytes)].filter(Boolean).join(", ");
  return html`<li class="finding" data-tone="${tone}">
<h3>${toned(tone, word)} · ${what}</h3>
${cost !== "" && html`<p>Cost: ${cost}</p>`}
<p>${withCode(why)}</p>
<p><b>What to do:</b> ${withCode(advice)}${source !== "" && html` (${sourceOf(source)})`}</p>
${packages.length > 0 && html`<p class="hint">In ${packages.slice(0, mostPackages).join(", ")}${packages.length > mostPackages && ` and ${plural(packages.length - mostPackages, "more package")}`}</p>`}
${examples.length > 0 && html`<details><summary>${plural(examples.length, "request")} it's about</summary><ul>${examples.map((example) => exampleItem(example, traces))}</ul></details>`}
</li>`;
}

function exampleItem(
  { process, number }: Finding["examples"][number],
  traces: readonly NamedTrace[],
): Content {
  const { trace, names } = traces[process] ?? {};
  const request = trace?.requests[number];
  if (request === undefined) return undefined;
  const name = names?.of(request.action);
  const label = name === undefined ? request.action.slice(0, 12) : showName(name);
  const text = `${request.command} ${label}: ${request.outcome}, ${timeText(latencyOf(request) / 1_000)}`;
  const record = recordNumbers(traces)[process] ?? 0;
  return html`<li><button type="button" class="link" data-show="requests" data-record="${record + number}">${text}</button></li>`;
}

/** A text in which backticks enclose code. */
function withCode(text: string): Content {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** A link, if it is one. */
function sourceOf(source: string): Content {
  if (/^https:\/\/[\w./#?=&%-]+$/.test(source))
    return html`<a href="${source}" rel="noreferrer">${source}</a>`;
  return source;
}
