import { didYouMean } from "../nearest.ts";
import type { Command } from "./command.ts";
import { exit } from "./exit.ts";
import { UsageError } from "./failure.ts";
import type { Interrupt } from "./interrupt.ts";
import { exitAfter, runCommand } from "./run.ts";
import { print } from "./terminal/output.ts";

/*
 * The command line: arguments/ parses the options of a command, commands/ has one file per command, check/ and bench/ hold
 * the parts of those two, process/ starts programs and handles signals, files/ reads and writes bodies and reports, and
 * terminal/ is stdout and stderr.
 */

/** Commands by name. A command is loaded when it is first needed. */
type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** All commands, in the order of the help. */
const everyCommand: Commands = {
  info: async () => (await import("./commands/info.ts")).info,
  get: async () => (await import("./commands/get.ts")).get,
  put: async () => (await import("./commands/put.ts")).put,
  serve: async () => (await import("./commands/serve.ts")).serve,
  stats: async () => (await import("./commands/stats.ts")).stats,
  clean: async () => (await import("./commands/clean.ts")).clean,
  check: async () => (await import("./commands/check.ts")).check,
  checks: async () => (await import("./commands/checks.ts")).checks,
  run: async () => (await import("./commands/run.ts")).run,
  trace: async () => (await import("./commands/trace.ts")).trace,
  record: async () => (await import("./commands/record.ts")).record,
  bench: async () => (await import("./commands/bench.ts")).bench,
  report: async () => (await import("./commands/report.ts")).report,
  lint: async () => (await import("./commands/lint.ts")).lint,
  replay: async () => (await import("./commands/replay.ts")).replay,
  diff: async () => (await import("./commands/diff.ts")).diff,
};

/** Runs the command line of this process and sets the exit code. It never rejects. */
export function start(): Promise<void> {
  return exitAfter((argv, interrupt) => dispatch(everyCommand, argv, interrupt));
}

const general = ["help", "--help", "--version"];

/**
 * Runs the command that the command line names, or shows the help or the version.
 *
 * @param argv the arguments, from the name of the command on
 * @returns the exit code
 * @throws {UsageError} for invalid arguments; whatever the command throws
 */
async function dispatch(commands: Commands, argv: readonly string[], interrupt: Interrupt): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    throw new UsageError(`no command given; expected one of: ${Object.keys(commands).join(", ")}`);
  }
  if (name === "--version" || name === "-V") {
    const { version } = await import("../../package.json");
    return say(`${version}\n`);
  }
  if (name === "--help" || name === "-h") return say(await generalHelp(commands));
  if (name === "help") return say(await helpOn(commands, rest));
  const command = await findCommand(commands, name);
  const code = await runCommand(command, rest, interrupt);
  return code === "help" ? say(await commandHelp(command)) : code;
}

async function findCommand(commands: Commands, name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return load();
  if (name.includes("/")) {
    throw new UsageError(
      `unknown command ${JSON.stringify(name)}; put a program after --, as in: cacheprogw info -- ${name}`,
    );
  }
  const kind = name.startsWith("-") ? "option" : "command";
  const near = didYouMean(name, [...Object.keys(commands), ...general]);
  throw new UsageError(`unknown ${kind} ${JSON.stringify(name)}.${near}`);
}

/** The output of `cacheprogw help`, given the words after it. */
async function helpOn(commands: Commands, [name, extra]: readonly string[]): Promise<string> {
  if (extra !== undefined)
    throw new UsageError(`help takes one command; unexpected argument ${JSON.stringify(extra)}`);
  if (name === undefined || name === "help" || name === "--help" || name === "-h")
    return generalHelp(commands);
  return commandHelp(await findCommand(commands, name));
}

async function generalHelp(commands: Commands): Promise<string> {
  const { help } = await import("./arguments/help.ts");
  return help(await Promise.all(Object.values(commands).map((load) => load())));
}

async function commandHelp(command: Command): Promise<string> {
  const help = await import("./arguments/help.ts");
  return help.commandHelp(command);
}

async function say(text: string): Promise<number> {
  await print(text);
  return exit.ok;
}
