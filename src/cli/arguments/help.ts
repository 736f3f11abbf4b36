import manifest from "../../../package.json" with { type: "json" };
import { type Command, type ExitCode, helpOption, type Option, synopsis } from "../command.ts";
import { exitMeanings } from "../exit.ts";
import { programHelp } from "../process/launch.ts";

/** The columns of a terminal in its default size. */
const width = 80;

/** The general help. */
export function help(commands: readonly Command[]): string {
  const names = [...commands.map(({ name, summary }) => [name, summary] as const), helpRow];
  return `Usage: cacheprogw COMMAND [options] [-- PROGRAM [ARG...]]

cacheprogw ${manifest.version}: test, measure and use GOCACHEPROG cache programs.

Commands:
${table(names)}
Options:
${table(Object.entries({ version: versionOption, help: helpOption }).map(optionRow))}
${paragraphs(programHelp)}
${exitTable(exitMeanings)}
After a signal, the exit code is 128 plus the number of the signal.
`;
}

const helpRow = ["help", "Show the help of a command: cacheprogw help get"] as const;
const versionOption: Option = { short: "V", help: "print the version" };

/** The help of one command: how to call it first, then everything else. */
export async function commandHelp(command: Command): Promise<string> {
  const { summary, options, examples, details, exitCodes } = command;
  return [
    `Usage: ${synopsis(command)}\n`,
    wrap(summary, 0),
    `Options:\n${table(Object.entries({ ...options, help: helpOption }).map(optionRow))}`,
    `Examples:\n${examples.map((example) => `  ${example}\n`).join("")}`,
    paragraphs(typeof details === "string" ? details : await details()),
    ...(exitCodes === undefined ? [] : [exitTable(exitCodes)]),
  ].join("\n");
}

function optionRow([name, { value, short, help: text }]: readonly [string, Option]): readonly [
  string,
  string,
] {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return [short === undefined ? `    ${long}` : `-${short}, ${long}`, text];
}

function exitTable(meanings: readonly ExitCode[]): string {
  return `Exit codes:\n${table(meanings.map(([code, meaning]) => [String(code), meaning]))}`;
}

/** Two columns; the second one is wrapped. */
function table(rows: readonly (readonly [string, string])[]): string {
  const column = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.map(([left, right]) => `  ${left}`.padEnd(column) + wrap(right, column)).join("");
}

/** Wraps each paragraph up to its first indented line: what follows is a list. */
function paragraphs(text: string): string {
  const each = text.trim().split(/\n\n/);
  return each.map(paragraph).join("\n");
}

function paragraph(text: string): string {
  const at = text.search(/^ /m);
  if (at < 0) return wrap(text, 0);
  return `${at === 0 ? "" : wrap(text.slice(0, at).trimEnd(), 0)}${text.slice(at)}\n`;
}

/** Wraps a text at 80 columns. It begins at `column`, and so do its other lines. */
export function wrap(text: string, column: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && column + line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return `${[...lines, line].join(`\n${" ".repeat(column)}`)}\n`;
}
