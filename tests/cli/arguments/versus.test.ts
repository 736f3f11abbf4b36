import { expect, test } from "bun:test";
import { parseInput } from "../../../src/cli/arguments/parse.ts";
import { choosePrograms } from "../../../src/cli/arguments/versus.ts";
import type { Input } from "../../../src/cli/command.ts";
import { bench } from "../../../src/cli/commands/bench.ts";
import { Interrupt } from "../../../src/cli/interrupt.ts";

/** The programs named by the words after `bench`. */
function programs(...words: string[]): (readonly string[])[] {
  const input: Input | "help" = parseInput(bench, words, new Interrupt());
  if (input === "help") throw new Error("it asks for help");
  return choosePrograms(input).map(({ argv, isReference }) => (isReference ? ["(built in)"] : argv));
}

const { GOCACHEPROG: _, ...without } = process.env;
process.env = without;

test.each([
  [["--", "sh", "-c", "x"], [["sh", "-c", "x"]]],
  [
    ["--", "sh", "-x", "--vs", "--", "cat", "-v"],
    [
      ["sh", "-x"],
      ["cat", "-v"],
    ],
  ],
  // Only --vs followed by -- separates programs.
  [["--", "sh", "--vs", "x", "--", "y"], [["sh", "--vs", "x", "--", "y"]]],
  [["--", "sh", "--", "--vs"], [["sh", "--", "--vs"]]],
  // A GOCACHEPROG value in quotes may contain --vs --.
  [
    ["--", "sh --vs -- x", "--vs", "--", "cat 'a b'"],
    [
      ["sh", "--vs", "--", "x"],
      ["cat", "a b"],
    ],
  ],
  [
    ["--vs", "--", "cat"],
    [["(built in)"], ["cat"]],
  ],
  [["--runs", "3"], [["(built in)"]]],
])("the programs of %j are %j", (words, expected) => {
  expect(programs(...words)).toEqual(expected);
});

test.each([
  [["--vs"], "no program after --vs; expected: --vs -- PROGRAM [ARG...]"],
  [["--", "sh", "--vs", "--"], "no program after --; expected: -- PROGRAM [ARG...]"],
  [["--", "--vs", "--", "sh"], "no program after --; expected: -- PROGRAM [ARG...]"],
  [["--", "sh", "--vs", "--", "sh", "--vs", "--", "sh"], "--vs is given twice; expected one"],
  [["--vs", "--", "sh", "--vs", "--", "sh"], "--vs is given twice; expected one"],
])("%j is refused", (words, said) => {
  expect(() => programs(...words)).toThrow(said);
});
