import { ArgumentError } from "../errors.ts";
import { describe } from "../text.ts";

/** Patterns that stand for more are refused. */
const most = 1_024;

/** A range, which stays as it is: Bun.Glob matches it. */
const range = /^\{(?:-?\d+|[A-Za-z])\.\.(?:-?\d+|[A-Za-z])(?:\.\.-?\d+)?\}$/;

/**
 * The patterns that a pattern with `{a,b}` stands for. Escapes, classes `[...]`, ranges `{1..3}` and what's inside
 * `@(...)` are left alone.
 *
 * @throws {ArgumentError} if there are more than 1,024, or for a `/` inside `[...]` or `@(...)`
 */
export function expandBraces(pattern: string): readonly string[] {
  let heads = [""];
  for (const token of tokens(pattern)) {
    if (token.length > 2 && token.includes("/") && /^[[?*+@!]/.test(token))
      throw new ArgumentError(
        `the pattern ${describe(pattern)} has a "/" inside ${token}; expected it outside`,
      );
    const choices = isGroup(token) && !range.test(token) ? alternatives(token) : [token];
    if (heads.length * choices.length > most)
      throw new ArgumentError(
        `the pattern ${describe(pattern)} stands for more than ${most}; expected fewer braces`,
      );
    heads = heads.flatMap((head) => choices.map((choice) => head + choice));
  }
  return heads;
}

function isGroup(token: string): boolean {
  return token.startsWith("{") && token.length > 2;
}

function alternatives(group: string): readonly string[] {
  const parts = [""];
  for (const token of tokens(group.slice(1, -1))) {
    if (token === ",") parts.push("");
    else parts.push((parts.pop() ?? "") + token);
  }
  return parts.flatMap(expandBraces);
}

/** The parts of a pattern: escapes, whole groups such as `[...]`, `{...}` and `@(...)`, and single characters. */
export function tokens(pattern: string): readonly string[] {
  // From the end, so that each group finds the ends of the groups in it.
  const ends = new Uint32Array(pattern.length);
  for (let at = pattern.length - 1; at >= 0; at--) ends[at] = tokenEnd(pattern, at, ends);
  const found: string[] = [];
  for (let at = 0; at < pattern.length; ) {
    const end = ends[at] ?? pattern.length;
    found.push(pattern.slice(at, end));
    at = end;
  }
  return found;
}

function tokenEnd(pattern: string, at: number, ends: Uint32Array): number {
  const first = pattern[at] ?? "";
  if (first === "\\") return Math.min(at + 2, pattern.length);
  if (first === "[") return classEnd(pattern, at) ?? at + 1;
  if (first === "{") return groupEnd(pattern, at, "}", ends) ?? at + 1;
  if (pattern[at + 1] === "(" && "?*+@!".includes(first))
    return groupEnd(pattern, at + 1, ")", ends) ?? at + 1;
  return at + 1;
}

function classEnd(pattern: string, at: number): number | undefined {
  // A `]` right after the opening is one of the characters.
  let end = /[!^]/.test(pattern[at + 1] ?? "") ? at + 3 : at + 2;
  for (; end < pattern.length; end++) {
    if (pattern[end] === "\\") end++;
    else if (pattern[end] === "]") return end + 1;
  }
  return undefined;
}

function groupEnd(pattern: string, open: number, close: string, ends: Uint32Array): number | undefined {
  for (let at = open + 1; at < pattern.length; at = ends[at] ?? pattern.length) {
    if (pattern[at] === close) return at + 1;
  }
  return undefined;
}
