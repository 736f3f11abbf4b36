import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseInput } from "../../../src/cli/arguments/parse.ts";
import type { Command } from "../../../src/cli/command.ts";
import { check } from "../../../src/cli/commands/check.ts";
import { checks } from "../../../src/cli/commands/checks.ts";
import { serve } from "../../../src/cli/commands/serve.ts";
import { Failure } from "../../../src/cli/failure.ts";
import { Interrupt } from "../../../src/cli/interrupt.ts";
import { temporaryDirectory } from "../../client/guard.ts";

const folder = temporaryDirectory();
const known = join(folder, "known");
writeFileSync(known, "put/a b\n");
const wrong = join(folder, "wrong");
writeFileSync(wrong, "# ours\nput/emtpy-body\n");
mkdirSync(join(folder, "sub"));

/** The message with which a command rejects its arguments, and the exit code. */
async function refusal(command: Command, args: readonly string[]): Promise<[message: string, code: number]> {
  const input = parseInput(command, [...args, "--", "/nothing/may/start/this"], new Interrupt());
  if (input === "help") throw new Error("that is no help");
  const error = await command.run(input).catch((thrown: unknown) => thrown);
  if (!(error instanceof Failure)) throw new Error(`expected a Failure, got ${Bun.inspect(error)}`);
  return [error.message, error.exitCode];
}

const cases: [args: string[], said: string, code?: number][] = [
  [["handshake/helo"], 'there is no check "handshake/helo". Did you mean "handshake/hello"?'],
  [["./prog"], '"./prog" is no id; put a program after --, as in: cacheprogw check -- ./prog'],
  [["get", "/bin/prog"], "put a program after --, as in: cacheprogw check -- /bin/prog"],
  [["GET/Miss"], 'there is no check "GET/Miss". Did you mean "get/miss"?'],
  [["nonsense/*"], 'no check matches "nonsense/*".'],
  [["--skip", "hello"], 'there is no check "hello". Did you mean "handshake/hello"?'],
  [["handshake", "--skip", "handshake/*"], "every selected check is skipped as well"],
  [["handshake", "--skip", "get", "--skip", "handshake"], "every selected check is skipped"],
  [["--as", "go1.42"], 'unknown client "go1.42"; expected one of: go1.24, go1.23,'],
  [["--as", "go1.32"], 'golangci-lint-v1. Did you mean "go1.23"?'],
  [["--jobs", "0"], 'option --jobs is "0"; expected a number from 1 to 9999'],
  [["-j", "two"], 'option --jobs is "two"; expected a number from 1 to 9999'],
  [["--timeout", "-1"], 'option --timeout is "-1"; expected a number of seconds above 0, such as 2.5'],
  [["--timeout", "0"], 'option --timeout is "0"; expected a number of seconds above 0'],
  [["--check-timeout=1e9"], 'option --check-timeout is "1e9"; expected a number of seconds above 0'],
  [["--check-timeout=86401"], "and at most 86400"],
  [
    ["--report", "jnuit"],
    'expected one of: text, json, junit, tap, github, markdown, html. Did you mean "junit"?',
  ],
  [["--report", "json="], "option --report json= names no file; expected json=FILE"],
  [["--report", "json", "--report", "tap"], "the reports json and tap would both go to stdout"],
  [["--report", "json=x", "--report", "tap=x"], "two reports would go to x; give each its own file"],
  [["--report", `json=${folder}/sub`], `can't write ${folder}/sub: it is a directory`, 3],
  [["--report", `json=${folder}/no/file`], `there is no directory ${folder}/no`, 3],
  [["--known", "/absent"], "can't read the known failures /absent: ENOENT: no such file or directory"],
  [["--known", known], `${known}, line 1: expected one id, and a reason after #; got "put/a b"`],
  [
    ["--known", wrong],
    `${wrong}, line 2: there is no check "put/emtpy-body". Did you mean "put/empty-body"?`,
  ],
  [["handshake", "--write-known", "x"], "--write-known needs a complete run; remove the ids"],
  [["--skip", "get", "--write-known", "x"], "--write-known needs a complete run; remove --skip"],
  [["--fail-fast", "--write-known", "x"], "needs a complete run; remove --fail-fast"],
];

test.each(cases)("check %j is rejected before anything starts", async (args, said, code = 2) => {
  expect(await refusal(check, args)).toEqual([expect.stringContaining(said), code]);
});

test("checks rejects a program, an unknown id and an unknown format", async () => {
  expect(await refusal(checks, [])).toEqual([
    "checks doesn't start a program; remove -- and what follows it",
    2,
  ]);
});

test("serve rejects a program together with --fault", async () => {
  expect(await refusal(serve, ["--fault", "hello-id"])).toEqual([
    expect.stringContaining("doesn't start one"),
    2,
  ]);
});
