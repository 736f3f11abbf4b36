import type { Input } from "../command.ts";
import { UsageError } from "../failure.ts";
import { chooseProgram } from "../process/choose-program.ts";
import type { Launch } from "../process/launch.ts";

/** What the help says about --vs. */
export const versusHelp = `
The second program comes after --vs --. Everything between the first -- and --vs is the first program. If its own
arguments contain --vs followed by --, write it as one GOCACHEPROG value in quotes. bench --vs -- PROGRAM compares the
default program (see below) with PROGRAM.
`;

/**
 * The programs to start: one, or two with --vs.
 *
 * @throws {UsageError} if no program follows --vs, or --vs is repeated; as {@link chooseProgram}
 */
export function choosePrograms(input: Input): readonly [Launch] | readonly [Launch, Launch] {
  const { program, options } = input;
  const { own, other } = split(program);
  if (options.has("vs")) {
    if (program === undefined)
      throw new UsageError("no program after --vs; expected: --vs -- PROGRAM [ARG...]");
    if (other !== undefined)
      throw new UsageError("--vs is given twice; expected one: bench compares two programs");
    return [chooseProgram({ ...input, program: undefined }), chooseProgram({ ...input, program })];
  }
  if (other === undefined) return [chooseProgram(input)];
  if (split(other).other !== undefined) {
    throw new UsageError("--vs is given twice; expected one: bench compares two programs");
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
