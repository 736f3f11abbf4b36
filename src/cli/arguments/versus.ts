import type { Input } from "../command.ts";
import { UsageError } from "../failure.ts";
import { chooseProgram, type Launch } from "../process/launch.ts";

/** How the help says it. */
export const versusHelp = `
A second program comes after --vs --, and the two words stand together:

  cacheprogw bench -- ./mine --dir {dir} --vs -- ./other {dir}

What is before them is the first program with all its arguments, and what is after them the second, so only
a program that has itself an argument --vs before an argument -- can not be compared like that; write it as one GOCACHEPROG
value in quotes. Where --vs comes first, the program after it is compared with the one that there is without --.
`;

/**
 * The programs that a command is to start: one, or two where there is --vs.
 *
 * @throws {UsageError} where there is no program after --vs, or more than one --vs; as {@link chooseProgram}
 */
export function choosePrograms(input: Input): readonly [Launch] | readonly [Launch, Launch] {
  const { program, options } = input;
  const { own, other } = split(program);
  if (options.has("vs")) {
    if (program === undefined)
      throw new UsageError("there is no program after --vs; expected: --vs -- PROGRAM [ARG...]");
    if (other !== undefined)
      throw new UsageError("there are two --vs; expected one: two programs are compared");
    return [chooseProgram({ ...input, program: undefined }), chooseProgram({ ...input, program })];
  }
  if (other === undefined) return [chooseProgram(input)];
  if (split(other).other !== undefined) {
    throw new UsageError("there are two --vs; expected one: two programs are compared");
  }
  return [chooseProgram({ ...input, program: own }), chooseProgram({ ...input, program: other })];
}

interface Sides {
  readonly own: readonly string[] | undefined;
  readonly other: readonly string[] | undefined;
}

function split(words: readonly string[] | undefined): Sides {
  const at = words?.findIndex((word, index) => word === "--vs" && words[index + 1] === "--") ?? -1;
  return at < 0
    ? { own: words, other: undefined }
    : { own: words?.slice(0, at), other: words?.slice(at + 2) };
}
