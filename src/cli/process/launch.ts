import { existsSync } from "node:fs";
import { findExecutable, programName } from "../../client/process/executable.ts";
import { CacheProgError } from "../../errors.ts";
import { checkDecoded } from "../../text.ts";
import { splitCommand } from "../../wire/command-line.ts";
import type { Input, Option } from "../command.ts";
import { NotStarted, UsageError } from "../failure.ts";
import { ourselves } from "./ourselves.ts";

/** How the help says which program is meant. */
export const programHelp = `
The program comes after --: as a command and its arguments, or as one GOCACHEPROG value in quotes. A command may begin
with variables, as in a shell: NAME=VALUE PROGRAM. Without --, it is the program in the environment variable GOCACHEPROG;
without that, the reference program, which is built in.
`;

/** The options of every command that starts a program. */
export const programOptions = {
  timeout: {
    value: "SECONDS",
    help: "how long to wait for the hello (5), for an answer (30) and for the exit (30)",
  },
} as const satisfies Record<string, Option>;

/** A program that can be started, and how long to wait for it. */
export interface Launch {
  readonly argv: readonly string[];
  /** For people. */
  readonly name: string;
  /** Nobody named a program, and this is the one that is built in. */
  readonly isReference: boolean;
  /** In ms. */
  readonly timeouts: {
    readonly handshakeTimeout: number;
    readonly responseTimeout: number;
    readonly closeTimeout: number;
  };
}

/**
 * The program that a command is to start. Nothing is started.
 *
 * @throws {UsageError} for no program after `--`, a quote that nothing ends, a --timeout out of range
 * @throws {NotStarted} for a program that is not there, or is not executable
 */
export function chooseProgram({ program, options }: Input): Launch {
  const timeouts = parseTimeouts(options.get("timeout"));
  const argv = program === undefined ? fromEnvironment() : fromArguments(program);
  if (argv === undefined) {
    return {
      argv: [...ourselves, "serve"],
      name: "cacheprogw serve (built in)",
      isReference: true,
      timeouts,
    };
  }
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

function fromArguments(words: readonly string[]): readonly string[] {
  const [first] = words;
  // One word with a space in it is a GOCACHEPROG value, unless a program has that name.
  const isValue = first !== undefined && words.length === 1 && /[\s'"]/.test(first);
  const argv =
    isValue && !(first.includes("/") && existsSync(first)) ? split(first, "what follows --") : words;
  const noProgram = () => new UsageError("there is no program after --; expected: -- PROGRAM [ARG...]");
  if (argv[0] === undefined || argv[0] === "") throw noProgram();
  if (!isVariable(argv[0])) return argv;
  if (isValue) throw noVariables(argv[0], "what follows --");
  if (argv.every(isVariable)) throw noProgram();
  return ["env", ...argv];
}

/** As a shell would take it, before the program. */
function isVariable(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

/** The words of env(1) from its program on, which is looked up here so that it is not missed only there. */
function withoutVariables([env = "", ...words]: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => !isVariable(word));
  const program = words[at];
  return program === undefined || program.startsWith("-") ? [env] : words.slice(at);
}

function noVariables(first: string, source: string): UsageError {
  return new UsageError(
    `${source} is a GOCACHEPROG value, and go would start a program named ${first}; expected: env ${first} PROGRAM [ARG...]`,
  );
}

function fromEnvironment(): readonly string[] | undefined {
  const { GOCACHEPROG } = process.env;
  if (GOCACHEPROG === undefined || GOCACHEPROG === "") return undefined;
  const argv = split(GOCACHEPROG, "the environment variable GOCACHEPROG");
  if (argv[0] === undefined || argv[0] === "") {
    throw new UsageError(
      "the environment variable GOCACHEPROG names no program; expected a program and its arguments, or nothing",
    );
  }
  if (isVariable(argv[0])) throw noVariables(argv[0], "the environment variable GOCACHEPROG");
  return argv;
}

function split(text: string, source: string): readonly string[] {
  checkDecoded(text, source);
  try {
    return splitCommand(text);
  } catch (error) {
    if (error instanceof CacheProgError)
      throw new UsageError(`${source}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** @throws {UsageError} for what is no number above 0 */
function parseTimeouts(text: string | undefined): Launch["timeouts"] {
  // A person at a terminal does not wait for ever, as the library's close() would.
  if (text === undefined) return { handshakeTimeout: 5_000, responseTimeout: 30_000, closeTimeout: 30_000 };
  const ms = Number(text) * 1_000;
  if (!/^\d*\.?\d+$/.test(text) || !(ms > 0)) {
    throw new UsageError(
      `option --timeout is ${JSON.stringify(text)}; expected a number of seconds above 0, such as 2.5`,
    );
  }
  return { handshakeTimeout: ms, responseTimeout: ms, closeTimeout: ms };
}

/** Errors of a start that say nothing of the program. */
const notItsFault: ReadonlySet<string> = new Set(["ABORTED", "BAD_ARGUMENT"]);

/** What a failed start is for a user. */
export function notStarted(error: unknown): unknown {
  if (!(error instanceof CacheProgError) || notItsFault.has(error.code)) return error;
  return new NotStarted(error.message, { cause: error });
}
