import { ArgumentError } from "../errors.ts";
import { checkText, describe } from "../text.ts";

/** Which step is meant: in `dependsOn`, or on the command line. */
export interface StepReference {
  /**
   * Where the step is: a directory relative to the package that asks ("../lib"), the name of a workspace's package
   * ("lib"), or the package that asks itself.
   */
  readonly place:
    | { readonly kind: "own" }
    | { readonly kind: "directory"; readonly path: string }
    | { readonly kind: "package"; readonly name: string };
  readonly name: string;
}

const examples = `"gen" of the same package, "../lib:gen" of a directory, or "lib:gen" of a workspace's package`;

/**
 * Reads a reference: a name, or a place and a name with a colon between them. A place that is or begins with `.` or
 * `..` is a directory, and anything else is the name of a package: neither can be taken for the other, so a new package
 * or directory never changes what a reference means.
 *
 * @param what names the reference in an error, such as `dependsOn[0]`
 * @throws {ArgumentError} if it is neither
 */
export function parseReference(reference: unknown, what: string): StepReference {
  if (typeof reference !== "string") throw wrong(reference, what, `expected a step: ${examples}`);
  const colon = reference.lastIndexOf(":");
  const place = reference.slice(0, Math.max(0, colon));
  const name = reference.slice(colon + 1);
  if (colon < 0 && reference.includes("/"))
    throw wrong(
      reference,
      what,
      `expected the name of a step after it: ${JSON.stringify(`${reference}:NAME`)}`,
    );
  const problem = nameProblem(name);
  if (problem !== undefined) throw wrong(reference, what, problem);
  if (colon < 0) return { place: { kind: "own" }, name };
  checkText(place, what);
  if (place === "") throw wrong(reference, what, `expected a place before the colon: ${examples}`);
  if (place.includes("\0")) throw wrong(reference, what, "expected a place without NUL");
  if (isAbsolute(place))
    throw wrong(reference, what, `expected a directory relative to the package: ${examples}`);
  if (/^\.\.?(\/|$)/.test(place)) return { place: { kind: "directory", path: place }, name };
  return { place: { kind: "package", name: place }, name };
}

/**
 * A name goes into ids ("packages/lib:build"), into references and onto the command line.
 *
 * @throws {ArgumentError} if it is empty, contains `:`, `/`, `\`, a space or a control character, or begins with `.` or `-`
 */
export function checkStepName(name: unknown, what: string): asserts name is string {
  if (typeof name !== "string") throw wrong(name, what, "expected the name of a step");
  const problem = nameProblem(name);
  if (problem !== undefined) throw wrong(name, what, problem);
}

function nameProblem(name: string): string | undefined {
  if (name === "") return "expected the name of a step";
  if (!name.isWellFormed()) return "a step's name can't contain a lone surrogate";
  const bad = /[\s:/\\\p{Cc}]/u.exec(name)?.[0] ?? "";
  if (bad === ":") return `a step's name can't contain ":", which separates it from its directory or package`;
  if (bad !== "") return `a step's name can't contain ${JSON.stringify(bad)}`;
  return /^[.-]/.test(name) ? `a step's name can't begin with ${JSON.stringify(name[0])}` : undefined;
}

/** Whether a path or pattern is absolute, here or on Windows. One backslash in front escapes: `\[id].ts` is a file here. */
export function isAbsolute(path: string): boolean {
  return /^(\/|\\\\|[A-Za-z]:[\\/])/.test(path);
}

function wrong(value: unknown, what: string, why: string): ArgumentError {
  return new ArgumentError(`${what} is ${describe(value)}; ${why}`);
}
