import { findExecutable, programName } from "../../client/process/executable.ts";
import type { Input, Option } from "../command.ts";
import { UsageError } from "../failure.ts";
import { isVariable, notStarted, noVariables, programAfterDashes, splitValue } from "./given-program.ts";

/** What the help says about the program. */
export const programHelp = `
PROGRAM is a command and its arguments, or one GOCACHEPROG value in quotes. Environment variables may come first, as in
a shell: -- NAME=VALUE PROGRAM. Without --, the default is the program in the environment variable GOCACHEPROG. If that
isn't set, it is the built-in program, cacheprogw serve.
`;

/** The options of every command that starts a program. */
export const programOptions = {
  timeout: {
    value: "SECONDS",
    help: "how long to wait for the hello (default: 5), for each answer (30) and for the exit (30)",
  },
} as const satisfies Record<string, Option>;

/** A program that can be started, and how long to wait for it. */
export interface Launch {
  readonly argv: readonly string[];
  /** For messages. */
  readonly name: string;
  /** No program was named, so this is the built-in one. */
  readonly isReference: boolean;
  /** In ms. */
  readonly timeouts: {
    readonly handshakeTimeout: number;
    readonly responseTimeout: number;
    readonly closeTimeout: number;
  };
}

/**
 * Finds the program that is named, without starting it.
 *
 * @returns undefined if none is
 * @throws {UsageError} if no program follows `--`, a quote isn't closed, or --timeout is out of range
 * @throws {NotStarted} if the program doesn't exist or isn't executable
 */
export function namedProgram({ program, options }: Input): Launch | undefined {
  const timeouts = parseTimeouts(options.get("timeout"));
  const argv = program === undefined ? fromEnvironment() : programAfterDashes(program);
  if (argv === undefined) return undefined;
  try {
    findExecutable(
      argv[0] === "env" ? withoutVariables(argv) : argv,
      { env: process.env, cwd: undefined },
      programName(argv),
    );
  } catch (error) {
    throw notStarted(error);
  }
  return { argv, name: programName(argv), isReference: false, timeouts };
}

/** The words of env(1) from its program on. That is looked up here, since only env would report it missing. */
function withoutVariables([env = "", ...words]: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => !isVariable(word));
  const program = words[at];
  return program === undefined || program.startsWith("-") ? [env] : words.slice(at);
}

function fromEnvironment(): readonly string[] | undefined {
  const { GOCACHEPROG } = process.env;
  if (GOCACHEPROG === undefined || GOCACHEPROG === "") return undefined;
  const argv = splitValue(GOCACHEPROG, "the environment variable GOCACHEPROG");
  if (argv[0] === undefined || argv[0] === "") {
    throw new UsageError(
      "the environment variable GOCACHEPROG names no program; set it to a program and its arguments, or unset it",
    );
  }
  if (isVariable(argv[0])) throw noVariables(argv[0], "the environment variable GOCACHEPROG");
  if (isThisCommand(argv)) {
    throw new UsageError(
      `the environment variable GOCACHEPROG is this command itself, ${programName(argv)}; expected a cache program, such as cacheprogw serve`,
    );
  }
  return argv;
}

/** Whether a command starts what this process runs: each process would start the next one, without end. */
function isThisCommand(argv: readonly string[]): boolean {
  const ours = process.argv.slice(2);
  const at = argv.length - ours.length;
  const [name = ""] = argv[at - 1]?.match(/[^/]*$/) ?? [];
  return /^(?:cacheprogw|main\.[jt]s)$/.test(name) && ours.every((word, index) => word === argv[at + index]);
}

/** @throws {UsageError} for anything but a number above 0 */
export function parseTimeouts(text: string | undefined): Launch["timeouts"] {
  // Unlike the library's close(), don't wait forever: a person is waiting.
  if (text === undefined) return { handshakeTimeout: 5_000, responseTimeout: 30_000, closeTimeout: 30_000 };
  const ms = Number(text) * 1_000;
  if (!/^\d*\.?\d+$/.test(text) || !(ms > 0)) {
    throw new UsageError(
      `option --timeout is ${JSON.stringify(text)}; expected a number of seconds above 0, such as 2.5`,
    );
  }
  return { handshakeTimeout: ms, responseTimeout: ms, closeTimeout: ms };
}
