import { afterAll, describe, expect, test } from "bun:test";
import { Semaphore } from "../../src/client/calls/semaphore.ts";
import { catalogue } from "../../src/conformance/catalogue.ts";
import type { Check } from "../../src/conformance/check.ts";
import { faults } from "../../src/conformance/faults.ts";
import { differences, failedChecks, unproven } from "../tools/matrix.ts";

/*
 * The rows of the matrix, each with some of the checks that it names, and each check with a fault that it finds. All of
 * them, and that a fault fails no other check, take minutes to find out: bun run matrix does.
 */

const checks = catalogue.filter((check) => !check.slow);

test("the reference program passes every check", async () => {
  expect(await failedChecks(undefined, checks)).toEqual([]);
}, 60_000);

test("each check that is judged is failed by some fault", () => {
  expect(unproven()).toEqual([]);
});

test("each fault names checks that exist, and has a name of its own", () => {
  const ids = new Set(catalogue.map(({ id }) => id));
  expect(faults.flatMap(({ fails }) => fails).filter((id) => !ids.has(id))).toEqual([]);
  expect(faults.filter(({ fails }) => fails.length === 0)).toEqual([]);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});

/** Most of the time of a row is waiting, but not all: more rows at once than this would be late for their deadlines. */
const slots = new Semaphore(6);
/** A program that hangs is waited for that long, in ms, in each check that it fails: less than the suite's own 5 s. */
const checkTimeout = 2_000;

/** So many of the checks that a fault names are run, and those that no row before it has. */
const mostOfRow = 1;

/** The rows, those first that may take longest. */
const seen = new Set<Check>();
const rows = faults
  .map((fault) => ({ fault, named: some(checks.filter(({ id }) => fault.fails.includes(id))) }))
  .filter(({ named }) => named.length > 0) // the others have only slow ones
  .toSorted((a, b) => longest(b.named) - longest(a.named));

function some(named: readonly Check[]): readonly Check[] {
  const chosen = named.filter((check, index) => index < mostOfRow || !seen.has(check));
  for (const check of chosen) seen.add(check);
  return chosen;
}

function longest(named: readonly Check[]): number {
  return named.reduce((sum, { deadline = checkTimeout }) => sum + deadline, 0);
}

/** How often each row was tried: a race that a busy machine decided for the program is to be seen, not to be hidden. */
const tries = new Map<string, number>();
afterAll(() => {
  const again = [...tries].filter(([, count]) => count > 1).map(([name, count]) => `${name} (${count})`);
  if (again.length > 0)
    process.stderr.write(`rows of the matrix that were tried again: ${again.join(", ")}\n`);
});

describe.concurrent("each fault fails checks that its row names", () => {
  for (const { fault, named } of rows) {
    test(
      fault.name,
      async () => {
        tries.set(fault.name, (tries.get(fault.name) ?? 0) + 1);
        await slots.acquire();
        const failed = await failedChecks(fault, named, { jobs: 2, checkTimeout, retry: false }).finally(() =>
          slots.release(),
        );
        expect(differences({ ...fault, fails: named.map(({ id }) => id) }, failed)).toEqual([]);
      },
      { timeout: 120_000, retry: 2 },
    ); // some faults are races, which a busy machine can decide for the program
  }
});
