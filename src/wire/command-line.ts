import { CacheProgError } from "../errors.ts";

/** How many characters an error message shows on either side of the fault. */
const shown = 40;

/**
 * Splits a command line into arguments, as go splits GOCACHEPROG. Spaces, tabs and line breaks separate arguments. An
 * argument that starts with a single or double quote ends at the next quote of that kind. There are no escapes, and a
 * quote inside an argument is an ordinary character. White space alone gives no arguments.
 *
 * Source: cmd/internal/quoted, Split.
 *
 * @throws {CacheProgError} `BAD_COMMAND` if a quote isn't closed; the message shows which
 */
export function splitCommand(text: string): string[] {
  const args: string[] = [];
  const argument = /[ \t\n\r]*(?:'([^']*)'|"([^"]*)"|([^ \t\n\r'"][^ \t\n\r]*))/y;
  let end = 0;
  for (let match = argument.exec(text); match !== null; match = argument.exec(text)) {
    args.push(match[1] ?? match[2] ?? match[3] ?? "");
    end = argument.lastIndex;
  }
  const rest = text.slice(end).search(/[^ \t\n\r]/);
  if (rest !== -1) throw unended(text, end + rest);
  return args;
}

/**
 * Joins arguments into a command line that {@link splitCommand} and go split back into the same arguments. Only
 * arguments that need quotes get them, as in Go. Go's Join loses an empty argument and refuses one like `a'b"c`; this
 * one writes `''` for the former and leaves the latter as it is.
 *
 * Source: cmd/internal/quoted, Join.
 *
 * @throws {CacheProgError} `BAD_COMMAND` if an argument needs quotes but contains both kinds
 */
export function joinCommand(args: readonly string[]): string {
  return args.map(quoteArgument).join(" ");
}

function quoteArgument(arg: string, index: number): string {
  if (/^[^ \t\n\r'"]+$/.test(arg)) return arg;
  if (!arg.includes("'")) return `'${arg}'`;
  if (!arg.includes('"')) return `"${arg}"`;
  if (/^[^ \t\n\r'"][^ \t\n\r]*$/.test(arg)) return arg;
  const message = `argument ${index + 1} needs quotes around it but contains both kinds, so it can't be written: ${visible(arg)}`;
  throw new CacheProgError("BAD_COMMAND", message);
}

function unended(text: string, at: number): CacheProgError {
  const from = Math.max(0, at - shown);
  const before = (from > 0 ? "…" : "") + visible(text.slice(from, at));
  const after = visible(text.slice(at, at + shown)) + (at + shown < text.length ? "…" : "");
  const kind = text[at] === "'" ? "single" : "double";
  const message = `the ${kind} quote at column ${at + 1} of the command isn't closed:`;
  const caret = " ".repeat([...before].length);
  return new CacheProgError("BAD_COMMAND", `${message}\n  ${before}${after}\n  ${caret}^`);
}

/** Replaces each control character by one visible character, so that the caret below lines up. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\u2421";
  });
}
