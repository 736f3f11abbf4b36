/*
 * The command line of a tool: `--help` prints its usage and exits with 0. A mistake prints what is wrong and how to get
 * help, and exits with 2; nothing has run. A failure exits with 1.
 */
import { relative } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { didYouMean } from "../../src/nearest.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

export interface Tool<O extends Options> {
  /** The name in its messages, such as "bench:peers". */
  readonly name: string;
  /** What `--help` prints: a line `usage: ...`, then the rest. */
  readonly usage: string;
  /** Its options, as for parseArgs, without `--help`. */
  readonly options?: O;
  /** Whether it takes words beside options (default: false). */
  readonly words?: boolean;
}

/** What a command line says: the options as `values`, the words as `positionals`. */
export type Line<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** A mistake on a command line. */
export class Mistake extends Error {}

/**
 * Runs a tool with the command line of this process.
 *
 * @param main does the work, and returns the exit code. It may throw a {@link Mistake} before it begins.
 */
export async function runTool<const O extends Options = Record<never, never>>(
  tool: Tool<O>,
  main: (line: Line<O>) => number | Promise<number>,
): Promise<void> {
  const args = process.argv.slice(2);
  try {
    if (asksForHelp(args)) process.stdout.write(tool.usage);
    else process.exitCode = await main(parse(tool, args));
  } catch (error) {
    const isMistake = error instanceof Mistake;
    const help = `help: bun ${relative(process.cwd(), Bun.main)} --help\n`;
    process.stderr.write(`${tool.name}: ${described(error)}\n${isMistake ? help : ""}`);
    process.exitCode = isMistake ? 2 : 1;
  }
}

function asksForHelp(args: string[]): boolean {
  const options = { help: { type: "boolean", short: "h" } } as const;
  return parseArgs({ args, options, strict: false }).values.help === true;
}

function parse<O extends Options>({ options, words = false }: Tool<O>, args: string[]): Line<O> {
  const line = lineOf(args, options);
  const [word] = line.positionals;
  if (word !== undefined && !words) throw new Mistake(`unexpected argument: ${word}; expected none`);
  return line;
}

function lineOf<O extends Options>(args: string[], options: O | undefined): Line<O> {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Its advice about "--" is of no use to someone who meant an option.
    throw new Mistake(message.replace(/\. To specify a positional argument .*/s, ""), { cause });
  }
}

/** An error as text: with its stack if it is a bug in the tool, such as a TypeError. */
function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isBug = [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind);
  return isBug ? Bun.inspect(error, { colors: false }) : error.message;
}

/** The integer that is the value of an option. @throws {Mistake} if it is none, or less than `least` */
export function integer(option: string, text: string, least = Number.MIN_SAFE_INTEGER): number {
  const number = numberFrom(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  const limit = least === Number.MIN_SAFE_INTEGER ? "" : ` of at least ${least}`;
  throw new Mistake(`${option} is ${JSON.stringify(text)}; expected an integer${limit}`);
}

/** The number above 0, and below `limit`, that is the value of an option. @throws {Mistake} if it is none */
export function positive(option: string, text: string, limit = Number.POSITIVE_INFINITY): number {
  const number = numberFrom(text);
  if (number > 0 && number < limit) return number;
  const below = limit === Number.POSITIVE_INFINITY ? "" : ` and below ${limit}`;
  throw new Mistake(`${option} is ${JSON.stringify(text)}; expected a number above 0${below}`);
}

/** NaN for a text without a number, even an empty one. */
function numberFrom(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** Checks that all words are names of something. @throws {Mistake} if one is not */
export function checkNames(what: string, words: readonly string[], names: readonly string[]): void {
  const unknown = words.find((word) => !names.includes(word));
  if (unknown === undefined) return;
  const expected = names.length > 9 ? didYouMean(unknown, names) : ` Expected one of: ${names.join(", ")}`;
  throw new Mistake(`unknown ${what}: ${unknown}.${expected}`);
}
