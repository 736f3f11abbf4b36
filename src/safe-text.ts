/*
 * Text of others made harmless: what a program writes to stderr, its Err texts, paths, names, reasons from a file. Each
 * format that such text goes into has one function here, and what that returns is read by the format's readers as text.
 */

/**
 * What nobody sees, or what does something where it is shown: control characters, but for line breaks and tabs; what
 * turns the direction of text, or has no width; line separators; halves of surrogate pairs; what is no character.
 */
const unseen =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]--[\n\t]]/gv;

/** A text for people, on a terminal or in a log of CI. What {@link unseen} finds is shown as its number. */
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
 * A text in which no line is a command to what runs CI. GitHub's runner trims a line and takes `::command::` at its
 * start, and `##[command]` anywhere in it; Azure takes `##vso[`, and TeamCity `##teamcity[`.
 * Source: actions/runner, ActionCommand.cs, TryParseV2 and TryParse
 */
export function withoutCommands(text: string): string {
  return text.replace(marker, "#\\x23").replace(/^(\s*):(?=:)/gm, "$1\\x3a");
}

const marker = /##(?=\w*\[)/g;

/** The same in one line. */
export function oneLine(text: string): string {
  return withoutCommands(visible(text).replace(/\s+/g, " ").trim());
}

/** A value as JSON that holds the same, in characters that every reader and log takes as they are. */
export function safeJSON(value: unknown, space?: number): string {
  const escaped = (text: string) =>
    Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join("");
  return JSON.stringify(value, undefined, space)
    .replace(unseen, escaped)
    .replace(marker, `#${escaped("#")}`);
}

/** A text for XML, in an element or an attribute: what XML 1.0 has no place for is shown as its number. */
export function xmlText(text: string): string {
  return visible(text)
    .replace(/[&<>"'\t\n]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(marker, "#&#35;");
}

/** A text for a cell of CSV. Source: RFC 4180. A spreadsheet takes what begins with one of `=+-@` for a formula. */
export function csvCell(text: string): string {
  const harmless = legible(text).replace(/^(?=[=+\-@\t])/, "'");
  return /[",\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * A text for Markdown, in a span of code: GitHub makes neither a link nor a notification of what stands in one, be it
 * an address, `@name` or `#123`. It stands in a table as well; "" where there is nothing.
 */
export function markdownCode(text: string): string {
  // A pipe ends a cell even in code. Readers do not agree on one that a backslash stands before.
  const flat = oneLine(text).replaceAll("\\|", "\\\\x7c").replaceAll("|", "\\|");
  if (flat === "") return "";
  const fence = "`".repeat(longestRun(flat) + 1);
  return flat.includes("`") ? `${fence} ${flat} ${fence}` : `${fence}${flat}${fence}`;
}

/** A text of many lines for Markdown, in a fence that is longer than any within it. */
export function markdownBlock(text: string): string {
  const fence = "`".repeat(Math.max(2, longestRun(text)) + 1);
  return `${fence}text\n${legible(text)}\n${fence}\n`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}

/** The text of a TAP line, in which a `#` would begin a directive. */
export function tapText(text: string): string {
  return oneLine(text).replace(/[\\#]/g, "\\$&");
}

/**
 * Lines of YAML that give a name its text. A string of JSON is one of YAML; a text of many lines is easier to read as a
 * block.
 */
export function yamlLines(name: string, text: string): readonly string[] {
  const shown = legible(text);
  // A block has no empty lines at its end.
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
