import type { styleText } from "node:util";
import { legible } from "../../safe-text.ts";

/** How text for people is laid out. */
export interface Layout {
  /** In columns. */
  readonly width: number;
  /** Colors a text, or returns it unchanged. */
  style(format: Parameters<typeof styleText>[0], text: string): string;
}

/** For a file: no colors, and a fixed width. */
export const plain: Layout = { width: 100, style: (_format, text) => text };

export type TextStyle = Parameters<Layout["style"]>[0];

/** The column at which the lines beside a label start. */
const labelColumn = 20;
/** The longest line of program output that is shown whole, in characters. */
const longestLine = 1_600;
/** A narrower column, in characters, moves its text to the next line. */
const narrowest = 24;

/** A label with lines beside it. Paths and ids are wrapped, never cut; only very long program output is cut. */
export function labeledRow(layout: Layout, label: string, lines: readonly string[]): string {
  const room = layout.width - labelColumn;
  const fitted = lines.flatMap((line) => {
    if (label === "Rerun") return wrapCommand(line, room);
    return wrap(label === "Wire" || label === "Stderr" ? shortened(line) : line, room);
  });
  const margin = " ".repeat(labelColumn);
  const name = layout.style("dim", label.padStart(labelColumn - 2));
  return `${name}  ${fitted.join(`\n${margin}`)}\n`;
}

/** Text that starts at a column after `before`, and wraps below its own start. */
export function beside(
  layout: Layout,
  before: string,
  column: number,
  text: string,
  style: TextStyle,
): string {
  if (text === "") return before.trimEnd();
  const isNarrow = layout.width - column < narrowest;
  const at = isNarrow ? 8 : column;
  const lines = wrap(legible(text), layout.width - at).map((line) => layout.style(style, line));
  const first = isNarrow
    ? `${before.trimEnd()}\n${" ".repeat(at)}`
    : before + " ".repeat(column === 8 ? 0 : 2);
  return first + lines.join(`\n${" ".repeat(at)}`);
}

/** A sentence about the whole run, indented by 2 columns, and by 4 where it wraps. */
export function remark(layout: Layout, style: TextStyle, text: string): string {
  const lines = wrap(legible(text), layout.width - 4);
  return lines.map((line, index) => `${index === 0 ? "  " : "    "}${layout.style(style, line)}\n`).join("");
}

/** Splits a text into lines of at most `columns`. */
export function wrap(text: string, columns: number): readonly string[] {
  return Bun.wrapAnsi(text.replaceAll("\t", " "), Math.max(columns, 8), { hard: true }).split("\n");
}

function shortened(line: string): string {
  const more = line.length - longestLine;
  return more <= 0 ? line : `${line.slice(0, longestLine)}… (${more} more characters: --report json)`;
}

/** Splits a shell command into lines that end with a backslash, so that it can be pasted as it is. */
function wrapCommand(command: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of command.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 3 <= columns)
      lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}
