import { CacheProgError } from "../errors.ts";

/** So much of the text stands on either side of the place that a message points at. */
const shown = 40;

/**
 * Splits a command line into its arguments, as go splits GOCACHEPROG. Arguments are separated by spaces, tabs and line
 * breaks. One that begins with a quote, single or double, goes to the next quote of its kind; there are no escapes, and
 * a quote further inside of an argument is an ordinary character. A text of white space gives no arguments.
 *
 * Source: cmd/internal/quoted, Split.
 *
 * @throws {CacheProgError} `BAD_COMMAND` where nothing ends a quote; the message shows which
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
 * Joins arguments to a command line that {@link splitCommand} and go split to the same arguments again. What needs no
 * quotes gets none, as in Go; Go's Join loses an empty argument and refuses one like `a'b"c`, which are written here as
 * `''` and as they are.
 *
 * Source: cmd/internal/quoted, Join.
 *
 * @throws {CacheProgError} `BAD_COMMAND` where an argument has both kinds of quotes and would need one around it
 */
export function joinCommand(args: readonly string[]): string {
  return args.map(quoteArgument).join(" ");
}

function quoteArgument(arg: string, index: number): string {
  if (/^[^ \t\n\r'"]+$/.test(arg)) return arg;
  if (!arg.includes("'")) return `'${arg}'`;
  if (!arg.includes('"')) return `"${arg}"`;
  if (/^[^ \t\n\r'"][^ \t\n\r]*$/.test(arg)) return arg;
  const message = `argument ${index + 1} has single and double quotes and would need a quote around it, which can not be written: ${visible(arg)}`;
  throw new CacheProgError("BAD_COMMAND", message);
}

function unended(text: string, at: number): CacheProgError {
  const from = Math.max(0, at - shown);
  const before = (from > 0 ? "…" : "") + visible(text.slice(from, at));
  const after = visible(text.slice(at, at + shown)) + (at + shown < text.length ? "…" : "");
  const kind = text[at] === "'" ? "single" : "double";
  const message = `the ${kind} quote at column ${at + 1} of the command is never ended:`;
  const caret = " ".repeat([...before].length);
  return new CacheProgError("BAD_COMMAND", `${message}\n  ${before}${after}\n  ${caret}^`);
}

/** Each control character as one visible character, so that a caret below stands where it should. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\u2421";
  });
}
