import { faults } from "../../conformance/faults.ts";
import { jsonCheck } from "../../conformance/reports/json.ts";
import { linkOf } from "../../conformance/reports/link.ts";
import { markdownChecks } from "../../conformance/reports/markdown.ts";
import type { Check } from "../../conformance/requirement.ts";
import { checkCommand, shellWords } from "../../conformance/sandbox/command-words.ts";
import { groupOf, select } from "../../conformance/select.ts";
import { ArgumentError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";
import { wrap } from "../arguments/help.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { print, printJSON } from "../terminal/output.ts";

export const checks: Command = {
  name: "checks",
  summary: "List the checks of cacheprogw check, or explain one.",
  synopsis: "[--json | --report FORMAT] [ID...]",
  options: {
    json: { help: "same as --report json" },
    report: { value: "FORMAT", help: "print text, json (one line) or markdown (a table) (default: text)" },
  },
  examples: ["cacheprogw checks put", "cacheprogw checks put/replaces"],
  details: `
ID is the id of a check, a group such as put, or a pattern such as 'put/*'. With the id of one check, everything about
it is shown; otherwise each check's id, level (must, should or info), requirement and source.
`,
  operands: Number.POSITIVE_INFINITY,
  async run(input) {
    if (input.program !== undefined)
      throw new UsageError("checks doesn't start a program; remove -- and what follows it");
    const format = formatOf(input);
    const chosen = choose(input.operands);
    const [first] = chosen;
    if (format === "json") {
      await printJSON(chosen.map((check) => ({ ...jsonCheck(check), faults: faultsOf(check) })));
    } else if (format === "markdown") await print(markdownChecks(chosen));
    else if (first !== undefined && input.operands.join() === first.id) await print(explanation(first));
    else await print(list(chosen));
    return exit.ok;
  },
};

const formats = ["text", "json", "markdown"];

function formatOf({ options }: Input): string {
  const format = options.get("report") ?? (options.has("json") ? "json" : "text");
  if (formats.includes(format)) return format;
  throw new UsageError(
    `option --report is ${JSON.stringify(format)}; expected one of: ${formats.join(", ")}.${didYouMean(format, formats)}`,
  );
}

function choose(only: readonly string[]): readonly Check[] {
  try {
    return select({ only, slow: true }).checks;
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** The names of the faults that fail a check. */
function faultsOf({ id }: Check): readonly string[] {
  return faults.filter(({ fails }) => fails.includes(id)).map(({ name }) => name);
}

function list(chosen: readonly Check[]): string {
  const column = Math.max(...chosen.map(({ id }) => id.length)) + 4;
  let group = "";
  return chosen
    .map((check) => {
      const heading = groupOf(check) === group ? "" : `${group === "" ? "" : "\n"}${groupOf(check)}\n`;
      group = groupOf(check);
      const link = linkOf(check.source);
      const margin = " ".repeat(column + 8);
      const where = link === undefined ? wrap(check.source, column + 8) : `${link}\n`;
      const level = check.level.padEnd(8);
      const requirement = wrap(check.requirement + (check.slow ? " (slow)" : ""), column + 8);
      return `${heading}  ${check.id.padEnd(column - 2)}${level}${requirement}${margin}${where}`;
    })
    .join("");
}

function explanation(check: Check): string {
  const { id, level, requirement, source, go, needs, slow, quote, confirmedBy } = check;
  const link = linkOf(source);
  const where = link === undefined ? "" : `${" ".repeat(8)}${link}\n`;
  const rows: readonly (readonly [label: string, text: string, below?: string])[] = [
    ["Level", `${level}${slow ? "; slow: runs only with --slow or by its id" : ""}`],
    ["Go", `${go.text} (${go.outcome})`],
    ...(needs.length === 0 ? [] : [["Needs", needs.join(", ")] as const]),
    ["Source", source, where],
    ...(quote === undefined ? [] : [["Quote", quote] as const]),
    ...(confirmedBy === undefined ? [] : [["Seen", `in go, with the fault ${confirmedBy}`] as const]),
  ];
  const shown = faultsOf(check).map((name) => {
    const program = ["cacheprogw", "serve", "--fault", name, "--dir", "{dir}"];
    return `  ${shellWords(checkCommand(id, { program }))}\n`;
  });
  const table = rows
    .map(([label, text, below = ""]) => `${label.padEnd(8)}${wrap(text, 8)}${below}`)
    .join("");
  return `${id}

${wrap(requirement, 0)}
${table}${shown.length === 0 ? "" : `\nTo see it fail:\n\n${shown.join("")}`}`;
}
