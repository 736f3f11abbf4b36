import { checkDecoded, describe } from "../../text.ts";
import { type Command, helpOption, type Input, type Option, synopsis } from "../command.ts";
import { UsageError } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import type { Interrupt } from "../process/interrupt.ts";
import { suggestion } from "./suggestion.ts";

/*
 * The usual: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, and switches of one letter together, as in -ab. What
 * begins with no dash, or is only one, is an operand. node:util has parseArgs, but go waits for serve at every build,
 * and that would be a sixth of the time.
 */

/**
 * Holds the words after a command's name against what it takes.
 *
 * @returns "help" where that is asked for, whatever else is there
 * @throws {ArgumentError} for a word that may have been other bytes: a key or a path of that text would be another one
 * @throws {UsageError} for an option that the command does not have, a value that is missing or too much, or an operand
 *   too many
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
    throw new UsageError(
      `${command.name} has no use for ${JSON.stringify(extra)}; expected: ${synopsis(command)}`,
    );
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

/** An option as it was written. */
interface Written {
  /** With its dashes. */
  readonly as: string;
  readonly name: string;
  readonly option: Option;
}

class OptionParser {
  /** The last value of each. */
  readonly options = new Map<string, string>();
  readonly values = new Map<string, string[]>();
  readonly #command: string;
  readonly #known: readonly (readonly [string, Option])[];

  constructor({ name, options }: Command) {
    this.#command = name;
    this.#known = Object.entries({ ...options, help: helpOption });
  }

  /** Takes a word with a dash. True where the next word is its value. */
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
      throw new UsageError(`option ${as} takes no value; it was given ${JSON.stringify(value)}`);
    }
    this.#set(written, value);
    return false;
  }

  /** Some letters after one dash: switches, and then perhaps an option and its value. */
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

  /** One with no value in the same word. */
  #takeOne(written: Written, next: string | undefined): boolean {
    if (written.option.value === undefined) {
      this.options.set(written.name, "");
      return false;
    }
    if (next === undefined) throw needsValue(written, "");
    if (this.#known.some(([name, { short }]) => next === `--${name}` || next === `-${short}`)) {
      throw needsValue(written, `; if ${next} is meant to be it, write --${written.name}=${next}`);
    }
    this.#set(written, next);
    return true;
  }

  #set(written: Written, value: string): void {
    if (value === "") throw needsValue(written, "; the one that it was given is empty");
    const isPath = written.option.value === "FILE" || written.option.value === "DIR";
    const meant = isPath ? givenPath(value, `option ${written.as}`) : value;
    this.options.set(written.name, meant);
    this.values.set(written.name, [...(this.values.get(written.name) ?? []), meant]);
  }

  #find(as: string, isIt: (option: readonly [string, Option]) => boolean): Written {
    const found = this.#known.find(isIt);
    if (found !== undefined) return { as, name: found[0], option: found[1] };
    const names = this.#known.map(([name]) => `--${name}`);
    throw new UsageError(`${this.#command} has no option ${as}.${suggestion(as, names)}`);
  }
}

function needsValue({ as, option }: Written, why: string): UsageError {
  return new UsageError(`option ${as} needs a value: ${as} ${option.value}${why}`);
}
