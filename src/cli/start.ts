import { didYouMean } from "../nearest.ts";
import { parseInput } from "./arguments/parse.ts";
import type { Command } from "./command.ts";
import { report } from "./error-report.ts";
import { exit } from "./exit.ts";
import { Failure, UsageError } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";
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
  check: async () => (await import("./commands/check.ts")).check,
  checks: async () => (await import("./commands/checks.ts")).checks,
  bench: async () => (await import("./commands/bench.ts")).bench,
};

/** Runs the command line of this process and sets the exit code. It never rejects. */
export function start(): Promise<void> {
  return startWith(everyCommand);
}

/** {@link start} with these commands alone; a bundle of this function has no other. */
export async function startWith(commands: Commands): Promise<void> {
  // An uncaught error is a bug. Bun would exit with 1, which means a miss.
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => process.exit(report(error)));
  }
  const interrupt = new Interrupt();
  try {
    process.exitCode = await dispatch(commands, process.argv.slice(2), interrupt);
  } catch (error) {
    process.exitCode = interrupt.exitCode ?? report(error);
  }
  // A pending read or write would keep the process alive.
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
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
  try {
    const input = parseInput(command, rest, interrupt);
    if (input === "help") return say(await commandHelp(command));
    requireWorkingDirectory();
    return await command.run(input);
  } catch (error) {
    if (error instanceof UsageError) error.command = command.name;
    throw error;
  }
}

/** If it was deleted, Bun resolves relative paths from the directory of bun itself (Bun 1.4.5). */
function requireWorkingDirectory(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new Failure("the working directory was deleted; change to another one", { cause });
  }
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
