import { ArgumentError } from "../errors.ts";
import { Matcher } from "../files/matcher.ts";
import { parsePattern } from "../files/pattern.ts";
import { describe } from "../text.ts";
import { reason } from "../trouble.ts";
import { isAbsolute } from "./reference.ts";

/** Throws for a bad element, and returns it as it is kept. `what` names it in an error. */
export type CheckElement = (element: unknown, what: string) => string;

/** The error for a wrong value of what is named. */
export function wrong(what: string, value: unknown, why: string): ArgumentError {
  return new ArgumentError(`${what} is ${describe(value)}; ${why}`);
}

/** Checks a pattern of inputs. @throws {ArgumentError} it can't be read, or is absolute */
export const checkInput: CheckElement = (pattern, what) => parsed(pattern, what).kept;

/** As for fileSet, `!(` is a part of a pattern. */
export const exclusion = /^!(?!\()/;

interface ParsedPattern {
  /** The pattern in the form in which it's kept. */
  readonly kept: string;
  readonly excludes: boolean;
  /** Whether it leads out of the directory. */
  readonly isOutside: boolean;
}

/** Reads a pattern as fileSet does. */
function parsed(pattern: unknown, what: string): ParsedPattern {
  if (typeof pattern !== "string" || /^!?$/.test(pattern))
    throw wrong(what, pattern, 'expected a pattern, such as "src/**"');
  const excludes = exclusion.test(pattern);
  const positive = excludes ? pattern.slice(1) : pattern;
  if (isAbsolute(positive)) throw wrong(what, pattern, "expected a pattern relative to the step's directory");
  const kept = `${excludes ? "!" : ""}${normalized(positive)}`;
  try {
    const paths = parsePattern(kept, 0);
    return { kept, excludes, isOutside: paths.some(({ up }) => up > 0) };
  } catch (cause) {
    throw new ArgumentError(`${what}: ${reason(cause)}`, { cause });
  }
}

/** The pattern without what means nothing. A `/` at the end means a folder. */
function normalized(pattern: string): string {
  const path = pattern
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
  if (path === "") return ".";
  return pattern.endsWith("/") ? `${path}/` : path;
}

/** Checks a pattern of outputs. @throws {ArgumentError} as for inputs, and if it is more than a step may own */
export const checkOutput: CheckElement = (pattern, what) => {
  const { kept, excludes, isOutside } = parsed(pattern, what);
  if (isOutside || hidesParent(kept))
    throw wrong(what, pattern, "an output is in the step's directory; expected a pattern without ..");
  if (excludes) return kept;
  if (isEverything(kept))
    throw wrong(
      what,
      pattern,
      "a step can't own its whole directory, because files of its outputs that it didn't write are removed; " +
        'expected what it writes, such as "dist"',
    );
  if (matchesFile(kept, "package.json"))
    throw wrong(what, pattern, 'a step can\'t own package.json; expected what it writes, such as "dist"');
  return kept;
};

/** Whether a pattern has a `..` that is no name of its path, but may become one. */
function hidesParent(pattern: string): boolean {
  return /(^!?|[/{},])\.\.($|[/{},])/.test(pattern.replaceAll("\\", ""));
}

/** Whether a pattern matches files of any name, in the directory or in folders of any name. */
function isEverything(pattern: string): boolean {
  const names = pattern.split("/").filter((name) => name !== "");
  if (names.every((name) => /^(\.|\*+)$/.test(name))) return true;
  return matchesFile(pattern, "cacheprogw-any") || matchesFile(pattern, "cacheprogw-any/file");
}

function matchesFile(pattern: string, path: string): boolean {
  // A matcher takes 0.1 ms, and most patterns are plain.
  if (!/[*?[{\\!+@]/.test(pattern))
    return `${path}/`.startsWith(pattern.endsWith("/") ? pattern : `${pattern}/`);
  const matcher = new Matcher(pattern);
  const names = path.split("/");
  const file = names.pop() ?? "";
  const folder = names.reduce((place, name) => matcher.enter(place, name), matcher.start(0));
  return matcher.match(folder, file, false).matched.length > 0;
}
