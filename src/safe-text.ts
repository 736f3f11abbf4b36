/*
 * Escapes untrusted text: a program's stderr and errors, paths, names, reasons from a file. There is one function for each
 * output format. Whatever the input, readers of that format see its result as plain text.
 */

/**
 * Characters that are invisible or that act on the display: control characters except newline and tab, bidirectional
 * and zero-width characters, line separators, lone surrogates, and noncharacters.
 */
const unseen =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]--[\n\t]]/gv;

/** A text for people, on a terminal or in a CI log. Characters in {@link unseen} are shown as their code point. */
export function legible(text: string): string {
  return withoutCommands(visible(text));
}

function visible(text: string): string {
  return text.replace(unseen, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
    return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\u{${code}}`;
  });
}

/**
 * A text in which no line is a CI workflow command. GitHub's runner trims a line and obeys `::command::` at its start
 * and `##[command]` anywhere; Azure obeys `##vso[`, and TeamCity `##teamcity[`.
 * Source: actions/runner, ActionCommand.cs, TryParseV2 and TryParse
 */
export function withoutCommands(text: string): string {
  return text.replace(marker, "#\\x23").replace(/^(\s*):(?=:)/gm, "$1\\x3a");
}

const marker = /##(?=\w*\[)/g;

/** Like {@link legible}, on one line. */
export function oneLine(text: string): string {
  return withoutCommands(visible(text).replace(/\s+/g, " ").trim());
}

/** A value as JSON. Characters that a log could obey or hide are escaped, so it parses to the same value. */
export function safeJSON(value: unknown, space?: number): string {
  const escaped = (text: string) =>
    Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join("");
  return JSON.stringify(value, undefined, space)
    .replace(unseen, escaped)
    .replace(marker, `#${escaped("#")}`);
}

/** A text for an XML element or attribute. Characters that XML 1.0 doesn't allow are shown as their code point. */
export function xmlText(text: string): string {
  return visible(text)
    .replace(/[&<>"'\t\n]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(marker, "#&#35;");
}

/** A text for an HTML element, or an attribute in double quotes. */
export function htmlText(text: string): string {
  return legible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A text for a CSV cell (RFC 4180). A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula. */
export function csvCell(text: string): string {
  const harmless = legible(text).replace(/^(?=[=+\-@\t])/, "'");
  return /[",\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * A text as a Markdown code span, in which GitHub turns no URL, `@name` or `#123` into a link or a notification. It also
 * works in a table cell. "" stays empty.
 */
export function markdownCode(text: string): string {
  // A pipe ends a cell even in code, and parsers disagree on a pipe that already follows a backslash.
  const flat = oneLine(text).replaceAll("\\|", "\\\\x7c").replaceAll("|", "\\|");
  if (flat === "") return "";
  const fence = "`".repeat(longestRun(flat) + 1);
  return flat.includes("`") ? `${fence} ${flat} ${fence}` : `${fence}${flat}${fence}`;
}

/** A multi-line text as a Markdown code block. The fence is longer than any run of backticks in the text. */
export function markdownBlock(text: string): string {
  const fence = "`".repeat(Math.max(2, longestRun(text)) + 1);
  return `${fence}text\n${legible(text)}\n${fence}\n`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}

/** A text for a TAP line. An unescaped `#` would start a directive. */
export function tapText(text: string): string {
  return oneLine(text).replace(/[\\#]/g, "\\$&");
}

/**
 * A YAML key and its text. One line becomes a JSON string, which is also YAML; several become a block, which is easier to
 * read.
 */
export function yamlLines(name: string, text: string): readonly string[] {
  const shown = legible(text);
  // A `|2-` block drops newlines at its end.
  if (!shown.includes("\n") || shown.endsWith("\n")) return [`${name}: ${JSON.stringify(shown)}`];
  return [`${name}: |2-`, ...shown.split("\n").map((line) => `  ${line}`)];
}

/** The message of a workflow command. Source: actions/toolkit, command.ts, escapeData */
export function commandData(text: string): string {
  return legible(text).replaceAll("%", "%25").replaceAll("\n", "%0A");
}

/** A property of a workflow command. Source: the same, escapeProperty */
export function commandProperty(text: string): string {
  return commandData(oneLine(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
