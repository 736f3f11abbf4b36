import { didYouMean } from "../../nearest.ts";
import { checkDecoded, describe } from "../../text.ts";
import { type Command, helpOption, type Input, type Option, synopsis } from "../command.ts";
import { UsageError } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import type { Interrupt } from "../interrupt.ts";

/*
 * The usual syntax: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, and one-letter switches together, as in -ab. A word
 * without a leading dash, and a lone dash, is an operand. Not parseArgs of node:util: loading it would be a sixth of
 * the time that go waits for serve in every build.
 */

/**
 * Parses the words after a command's name.
 *
 * @returns "help" if --help or -h is among them, whatever else is
 * @throws {ArgumentError} for a word that wasn't valid UTF-8: as a key or a path it would name something else
 * @throws {UsageError} for an unknown option, a missing or unexpected value, or an extra operand
 */
export function parseInput(command: Command, argv: readonly string[], interrupt: Interrupt): Input | "help" {
  for (const word of argv) checkDecoded(word, `the argument ${describe(word)}`);
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  if (words.includes("--help") || words.includes("-h")) return "help";
  const operands: string[] = [];
  const parser = new OptionParser(command);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "-" || !word.startsWith("-")) operands.push(word);
    else if (parser.take(word, words[at + 1])) at++;
  }
  if (operands.length > command.operands) {
    const extra = operands[command.operands];
    throw new UsageError(`unexpected argument ${JSON.stringify(extra)}; usage: ${synopsis(command)}`);
  }
  return {
    options: parser.options,
    values: parser.values,
    operands,
    program: end < 0 ? undefined : argv.slice(end + 1),
    get signal() {
      return interrupt.signal;
    },
  };
}

/** An option as given. */
interface Written {
  /** As written, with its dashes. */
  readonly as: string;
  readonly name: string;
  readonly option: Option;
}

class OptionParser {
  /** The last value of each option. */
  readonly options = new Map<string, string>();
  readonly values = new Map<string, string[]>();
  readonly #command: string;
  readonly #known: readonly (readonly [string, Option])[];

  constructor({ name, options }: Command) {
    this.#command = name;
    this.#known = Object.entries({ ...options, help: helpOption });
  }

  /** Takes a word with a leading dash. @returns whether the next word was its value */
  take(word: string, next: string | undefined): boolean {
    return word.startsWith("--") ? this.#takeLong(word, next) : this.#takeShort(word.slice(1), next);
  }

  #takeLong(word: string, next: string | undefined): boolean {
    const equals = word.indexOf("=");
    const as = equals < 0 ? word : word.slice(0, equals);
    const written = this.#find(as, ([name]) => `--${name}` === as);
    if (equals < 0) return this.#takeOne(written, next);
    const value = word.slice(equals + 1);
    if (written.option.value === undefined) {
      throw new UsageError(`option ${as} takes no value; got ${JSON.stringify(value)}`);
    }
    this.#set(written, value);
    return false;
  }

  /** Letters after one dash: switches, then possibly an option and its value. */
  #takeShort(letters: string, next: string | undefined): boolean {
    for (const [at, letter] of [...letters].entries()) {
      const written = this.#find(`-${letter}`, ([, { short }]) => short === letter);
      const rest = [...letters].slice(at + 1).join("");
      if (rest === "") return this.#takeOne(written, next);
      if (written.option.value !== undefined) {
        this.#set(written, rest);
        return false;
      }
      this.options.set(written.name, "");
    }
    return false;
  }

  /** Takes an option without a value in the same word. */
  #takeOne(written: Written, next: string | undefined): boolean {
    if (written.option.value === undefined) {
      this.options.set(written.name, "");
      return false;
    }
    if (next === undefined) throw needsValue(written, "");
    if (this.#known.some(([name, { short }]) => next === `--${name}` || next === `-${short}`)) {
      throw needsValue(written, `; if ${next} is the value, write --${written.name}=${next}`);
    }
    this.#set(written, next);
    return true;
  }

  #set(written: Written, value: string): void {
    if (value === "") throw needsValue(written, "; it is empty");
    const isPath = written.option.value === "FILE" || written.option.value === "DIR";
    const meant = isPath ? givenPath(value, `option ${written.as}`) : value;
    this.options.set(written.name, meant);
    this.values.set(written.name, [...(this.values.get(written.name) ?? []), meant]);
  }

  #find(as: string, isIt: (option: readonly [string, Option]) => boolean): Written {
    const found = this.#known.find(isIt);
    if (found !== undefined) return { as, name: found[0], option: found[1] };
    const names = this.#known.map(([name]) => `--${name}`);
    throw new UsageError(`${this.#command} has no option ${as}.${didYouMean(as, names)}`);
  }
}

function needsValue({ as, option }: Written, why: string): UsageError {
  return new UsageError(`option ${as} needs a value: ${as} ${option.value}${why}`);
}
