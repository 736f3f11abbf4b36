import { type Content, filterable, html, type Section, type Tone, toned } from "../../../page/index.ts";
import { countText } from "../../../quantities.ts";
import { fails, goOf, isFailure, type Result } from "../../report.ts";
import { linkOf } from "../link.ts";
import { goBriefly } from "../text.ts";
import { conversation } from "./conversation.ts";

/** What failed, the most important first, whether it was expected or not. */
export function findingsPart(results: readonly Result[], strict: boolean): Section {
  const failed = results.filter((result) => isFailure(result) || result.verdict === "error");
  if (failed.length === 0)
    return { id: "findings", title: "Findings", content: html`<p>${toned("good", "No check failed.")}</p>` };
  return {
    id: "findings",
    title: `Findings (${countText(failed.length)})`,
    hint: "What failed, the most important first, and what the go command would do about it.",
    content: filterable(
      "findings",
      failed.map((result) => ({
        id: `finding-${result.check.id}`,
        tone: toneOf(result, strict),
        choices: [
          ["verdict", result.verdict],
          ["level", result.check.level],
        ],
        content: finding(result, strict),
      })),
    ),
  };
}

/** The color of a result, and its sign. */
export function toneOf(result: Result, strict: boolean): Tone {
  if (result.verdict === "error" || fails(result, strict)) return "bad";
  if (isFailure(result)) return "warn";
  return result.verdict === "passed" ? "good" : "plain";
}

function finding(result: Result, strict: boolean): Content {
  const { check, verdict, expected, actual, remark, rerun, process, stderr = [], wire = [] } = result;
  const link = linkOf(check.source);
  return html`<h3>${toned(toneOf(result, strict), verdict)} · ${check.level} · <code>${check.id}</code></h3>
<p>${check.requirement}</p>
<dl class="rows">
${row("expected", expected)}
${row("actual", actual)}
${row(verdict === "error" ? "bug" : "note", remark)}
${row("go", verdict === "error" ? undefined : `${goBriefly[goOf(result).outcome]}: ${goOf(result).text}`)}
${row("source", link === undefined ? check.source : html`<a href="${link}" rel="noreferrer">${check.source}</a>`)}
${row("in process", process && `${process.number} of ${process.of}`)}
${row("rerun", rerun !== "" && html`<code>${rerun}</code>`)}
${row("stderr", stderr.length > 0 && html`<pre>${stderr.join("\n")}</pre>`)}
</dl>
${conversation(result.conversation, wire)}`;
}

function row(name: string, value: Content): Content {
  return (
    value !== undefined &&
    value !== false &&
    value !== "" &&
    html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  );
}
