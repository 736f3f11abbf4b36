import { readArgument } from "../argument.ts";
import { ArgumentError, CacheProgError } from "../errors.ts";
import { checkDecoded, describe } from "../text.ts";
import { splitCommand } from "../wire/command-line.ts";
import type { Settings } from "./options.ts";
import { builtin } from "./process/builtin-program.ts";
import { programName } from "./process/executable.ts";

/** The program to start. */
export interface StartCommand {
  readonly argv: readonly string[];
  /** Names the program in messages. Default: the command. */
  readonly name?: string;
  readonly env: Settings["env"];
}

/**
 * Finds the program to start: the given one, or else the one in the program's GOCACHEPROG, or else the built-in one.
 *
 * @throws {ArgumentError} for a command that isn't a string or an array of strings
 * @throws {CacheProgError} `BAD_COMMAND`; the message says if the command is from GOCACHEPROG
 */
export function chooseCommand(
  command: string | readonly string[] | undefined,
  env: Settings["env"],
): StartCommand {
  if (typeof command === "string") return { argv: splitCommand(command), env };
  if (command !== undefined)
    return fromWords(
      readArgument("the command", () => argumentsOf(command)),
      env,
    );
  const { GOCACHEPROG: value, ...rest } = readArgument("option env", () => ({ ...env }));
  if (value === undefined || value === "") return { argv: builtin, name: nameBuiltin(builtin), env };
  const argv = split(value);
  // Without the variable, a program that calls start() like this itself gets the built-in one, not itself again and again.
  return { argv, name: `${programName(argv)} (from GOCACHEPROG)`, env: rest };
}

function fromWords(argv: readonly string[], env: Settings["env"]): StartCommand {
  // If the caller has added arguments.
  const isBuiltin = builtin.every((word, at) => word === argv[at]);
  return isBuiltin ? { argv, name: nameBuiltin(argv), env } : { argv, env };
}

/** The name of a command that starts with {@link builtin}, which is too long to read in a bundle. */
function nameBuiltin(argv: readonly string[]): string {
  return `${programName(["cacheprogw", "serve", ...argv.slice(builtin.length)])} (built in)`;
}

function split(value: string): readonly string[] {
  const source = "the environment variable GOCACHEPROG";
  checkDecoded(value, source);
  try {
    const argv = splitCommand(value);
    if (argv[0] !== undefined && argv[0] !== "") return argv;
  } catch (cause) {
    if (!(cause instanceof CacheProgError)) throw cause;
    throw new CacheProgError(cause.code, `${source}: ${cause.message}`, { cause });
  }
  throw new CacheProgError(
    "BAD_COMMAND",
    `${source} names no program; set it to a program and its arguments, or unset it`,
  );
}

function argumentsOf(command: readonly string[]): readonly string[] {
  const words = Array.isArray(command) ? [...command] : [];
  // Copied before the check: every() skips the holes of a sparse array, and the copy has none.
  if (Array.isArray(command) && words.every((word) => typeof word === "string")) return words;
  throw new ArgumentError(
    `the command is ${describe(command)}; expected a GOCACHEPROG value, an array of strings (a program and its arguments), or undefined`,
  );
}
