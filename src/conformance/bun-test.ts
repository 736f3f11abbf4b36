import { legible, oneLine } from "../safe-text.ts";
import { splitCommand } from "../wire/command-line.ts";
import { fails, isFailure, type Result } from "./report.ts";
import { findingText } from "./reports/text.ts";
import type { Check } from "./requirement.ts";
import { ProgramUnderTest, type ProgramUnderTestOptions } from "./runner/program-under-test.ts";
import { explaining, needsSmokeTest } from "./runner/smoke-test.ts";
import { select } from "./select.ts";

/** How a program is tested by {@link describeConformance}. */
export interface DescribeOptions extends ProgramUnderTestOptions {
  /** The checks to run. Default: every check that isn't slow. See {@link select}. */
  readonly checks?: readonly Check[];
  /** A violated `should` fails its test too. */
  readonly strict?: boolean;
}

/**
 * Registers a bun:test test for each check, in a group named after the program. Await it at the top level of the test
 * file: it starts the program first. A check that is not applicable becomes a skipped test.
 *
 *     await describeConformance(["bun", "./server.ts", "--dir", "{dir}"]);
 *
 * A program that doesn't start fails one test instead of all. If it fails the smoke test, the tests that explain the
 * failure fail; the others are skipped and name those.
 *
 * @param command the same as for {@link run}
 */
export async function describeConformance(
  command: string | readonly string[],
  options: DescribeOptions = {},
): Promise<void> {
  // Imported here because the rest of the suite works without a test runner.
  const { describe, test, afterAll } = await import("bun:test");
  const { checks = select().checks, strict = false, known } = options;
  const words = typeof command === "string" ? splitCommand(command) : command;
  const program = await ProgramUnderTest.begin(words, options);
  const { notStarted } = program;
  const explained = await explanations(program, checks);
  const see = [...explained.values()].filter(isFailure).map(({ check }) => check.id);
  describe(`${oneLine(program.name)} as ${program.dialect.name}`, () => {
    afterAll(() => program[Symbol.dispose]());
    if (notStarted !== undefined) {
      test("the program starts and sends a hello", () => {
        throw new Error(legible([notStarted.reason, ...notStarted.stderr].join("\n")));
      });
      return;
    }
    for (const check of checks) {
      const missing = program.notApplicable(check);
      if (missing !== undefined) {
        test.skip(`${check.id} (not applicable: ${missing})`, () => {});
        continue;
      }
      const early = explained.get(check);
      if (early === undefined && see.length > 0) {
        test.skip(`${check.id} (not run: see ${see.join(", ")})`, () => {});
        continue;
      }
      const body = async () => {
        const result = early ?? (await program.run(check));
        const wrong = complaint(result, strict);
        if (wrong !== undefined) throw new Error(legible(wrong));
        const entry = known?.get(check.id);
        if (entry?.flaky === false && result.verdict === "passed")
          throw new Error(`${check.id} passes now, but is listed as a known failure`);
      };
      test(check.id, body, program.longest(check) + 10_000);
    }
  });
}

/** The results of the checks that explain why the smoke test fails; empty if it passes. */
async function explanations(
  program: ProgramUnderTest,
  checks: readonly Check[],
): Promise<ReadonlyMap<Check, Result>> {
  const stage = needsSmokeTest(checks) ? await program.smokeTest() : undefined;
  const ids: readonly string[] = stage === undefined ? [] : explaining[stage];
  const results = new Map<Check, Result>();
  for (const check of checks.filter(({ id }) => ids.includes(id)))
    results.set(check, await program.run(check));
  return results;
}

/** The error message of a test for a result; undefined if the test passes. */
function complaint(result: Result, strict: boolean): string | undefined {
  if (fails(result, strict)) return findingText(result);
  if (result.verdict === "not run")
    return `${result.blocked ? "not run" : "could not run"}: ${result.remark}`;
  return result.verdict === "error" ? `internal error (a bug in cacheprogw): ${result.remark}` : undefined;
}
