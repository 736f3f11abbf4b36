import { existsSync } from "node:fs";
import { CacheProgError } from "../../errors.ts";
import { checkDecoded } from "../../text.ts";
import { splitCommand } from "../../wire/command-line.ts";
import { NotStarted, UsageError } from "../failure.ts";

/*
 * A program as the user gives it: after --, or as a GOCACHEPROG value.
 */

/** The program that the words after -- name. @throws {UsageError} there is none, or a quote isn't closed */
export function programAfterDashes(words: readonly string[]): readonly string[] {
  const [first] = words;
  // A single word with a space in it is a GOCACHEPROG value, unless a program has that path.
  const isValue = first !== undefined && words.length === 1 && /[\s'"]/.test(first);
  const argv =
    isValue && !(first.includes("/") && existsSync(first)) ? splitValue(first, "the value after --") : words;
  const noProgram = () => new UsageError("no program after --; expected: -- PROGRAM [ARG...]");
  if (argv[0] === undefined || argv[0] === "") throw noProgram();
  if (!isVariable(argv[0])) return argv;
  if (isValue) throw noVariables(argv[0], "the value after --");
  if (argv.every(isVariable)) throw noProgram();
  return ["env", ...argv];
}

/** Whether a shell would take a word before the program as an assignment. */
export function isVariable(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

/** The error for a GOCACHEPROG value that begins with an assignment. */
export function noVariables(first: string, source: string): UsageError {
  return new UsageError(
    `${source} is a GOCACHEPROG value, in which go takes ${first} for the program; expected: env ${first} PROGRAM [ARG...]`,
  );
}

/** The words of a GOCACHEPROG value. @throws {UsageError} a quote isn't closed */
export function splitValue(text: string, source: string): readonly string[] {
  checkDecoded(text, source);
  try {
    return splitCommand(text);
  } catch (error) {
    if (error instanceof CacheProgError)
      throw new UsageError(`${source}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Codes of start errors that aren't the program's fault. */
const notItsFault: ReadonlySet<string> = new Set(["ABORTED", "BAD_ARGUMENT"]);

/** Turns the error of a failed start into {@link NotStarted}, if the program caused it. */
export function notStarted(error: unknown): unknown {
  if (!(error instanceof CacheProgError) || notItsFault.has(error.code)) return error;
  return new NotStarted(error.message, { cause: error });
}
