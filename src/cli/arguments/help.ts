import manifest from "../../../package.json" with { type: "json" };
import { type Command, helpOption, type Option, synopsis } from "../command.ts";
import { exitMeanings } from "../exit.ts";
import { programHelp } from "../process/launch.ts";

/** The columns of a terminal that nobody has made wider. */
const width = 80;

/** The help of cacheprogw. */
export function help(commands: readonly Command[]): string {
  const names = [...commands.map(({ name, summary }) => [name, summary] as const), helpRow];
  return `cacheprogw ${manifest.version}: the go command's side of GOCACHEPROG

Usage: cacheprogw COMMAND [options] [-- PROGRAM [ARG...]]

Commands:
${table(names)}
${paragraphs(programHelp)}
Options:
${table(Object.entries({ version: versionOption, help: helpOption }).map(optionRow))}
Exit codes, besides 128 and the number of a signal that ended it:
${table(exitMeanings.map(([code, meaning]) => [String(code), meaning]))}`;
}

const helpRow = ["help", "Explains a command: cacheprogw help get"] as const;
const versionOption: Option = { short: "V", help: "print the version" };

/** The help of one command. */
export async function commandHelp(command: Command): Promise<string> {
  const { details } = command;
  const options = Object.entries({ ...command.options, help: helpOption });
  return `${wrap(command.summary, 0)}
Usage: ${synopsis(command)}

${paragraphs(typeof details === "string" ? details : await details())}
Options:
${table(options.map(optionRow))}`;
}

function optionRow([name, { value, short, help: text }]: readonly [string, Option]): readonly [
  string,
  string,
] {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return [short === undefined ? `    ${long}` : `-${short}, ${long}`, text];
}

/** Two columns, the second one wrapped. */
function table(rows: readonly (readonly [string, string])[]): string {
  const column = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.map(([left, right]) => `  ${left}`.padEnd(column) + wrap(right, column)).join("");
}

/** Wraps each paragraph, but for those that begin with a space, which are examples. */
function paragraphs(text: string): string {
  const each = text.trim().split(/\n\n/);
  return each.map((part) => (part.startsWith(" ") ? `${part}\n` : wrap(part, 0))).join("\n");
}

/** Text in lines of at most 80 columns that begin at `column`, where the first one stands already. */
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
