import { expect, test } from "bun:test";
import { join } from "node:path";
import { parseInput } from "../../../src/cli/arguments/parse.ts";
import { choosePrograms } from "../../../src/cli/arguments/versus.ts";
import { benchSettings } from "../../../src/cli/bench/settings.ts";
import { bench } from "../../../src/cli/commands/bench.ts";
import { UsageError } from "../../../src/cli/failure.ts";
import { Interrupt } from "../../../src/cli/interrupt.ts";
import { temporaryDirectory } from "../../client/guard.ts";

const noBaseline = join(temporaryDirectory(), "no-baseline.json");
await Bun.write(noBaseline, "{}");

/** Reads the words after `bench`, as the command does before it starts a program. */
async function settings(...words: string[]) {
  const input = parseInput(bench, [...words, "--", process.execPath], new Interrupt());
  if (input === "help") throw new Error("it asks for help");
  return await benchSettings(input, choosePrograms(input).length);
}

test.each([
  [["../prog"], `"../prog" is no id; put a program after --, as in: cacheprogw bench -- ../prog`],
  [["gets"], `unknown figure "gets"; expected one of: handshake, `],
  [
    ["--workload", "sdt"],
    `unknown workload "sdt"; expected one of: calls, std, or the path of a trace. Did you mean "std"?`,
  ],
  [["--workload", "std", "put"], `unknown figure "put"; expected one of: std/cold, std/warm`],
  [["--runs", "0"], `option --runs is "0"; expected a number from 1 to 10000`],
  [["--time", "0"], `option --time is "0"; expected a number of seconds above 0`],
  [["--max-regress", "10%"], "option --max-regress has nothing to compare with"],
  [["--baseline", noBaseline, "--max-regress", "x"], `option --max-regress is "x"; expected a percentage`],
  [["--report", "htm=a"], 'option --report is "htm=a"; expected html=FILE'],
  [["--report", "html=a", "--save", "a"], "the page and the figures would both go to a; give each its own"],
  [["--baseline", noBaseline], `${noBaseline} isn't a baseline: its "format" isn't`],
  [["--json", "--csv"], "stdout can't take both --json and --csv"],
  [["--csv", "--markdown"], "stdout can't take both --csv and --markdown"],
  [["--budget", "9"], "option --budget only works with --max-regress and without --runs"],
  [
    ["--budget=0", "--max-regress=9%", "--vs"],
    `option --budget is "0"; expected a number of seconds above 0`,
  ],
])("invalid options of bench are refused: %j", async (words, said) => {
  const refusal = await settings(...words).then(
    () => expect.unreachable("it takes them"),
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(UsageError);
  expect(String(refusal)).toContain(said);
});
