import { afterAll, describe, expect, test } from "bun:test";
import { Semaphore } from "../../src/client/calls/semaphore.ts";
import { catalogue } from "../../src/conformance/catalogue.ts";
import type { Check } from "../../src/conformance/check.ts";
import { faults } from "../../src/conformance/faults.ts";
import { differences, failedChecks, unproven } from "../tools/matrix.ts";

/*
 * Each fault, with some of the checks that it must fail; each check, with at least one fault. `bun run matrix` runs
 * every fault against every check, which takes minutes.
 */

const checks = catalogue.filter((check) => !check.slow);

test("the reference program passes every check", async () => {
  expect(await failedChecks(undefined, checks)).toEqual([]);
}, 60_000);

test("every check but the infos is failed by some fault", () => {
  expect(unproven()).toEqual([]);
});

test("each fault fails existing checks, and has a unique name", () => {
  const ids = new Set(catalogue.map(({ id }) => id));
  expect(faults.flatMap(({ fails }) => fails).filter((id) => !ids.has(id))).toEqual([]);
  expect(faults.filter(({ fails }) => fails.length === 0)).toEqual([]);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});

/** Rows mostly wait, but not only: with more of them at once, checks would miss their deadlines. */
const slots = new Semaphore(6);
/** How long each check waits for a program that hangs, in ms. The suite's own 5 s would take too long. */
const checkTimeout = 2_000;

/** How many of its checks a row runs, besides those that no earlier row has. */
const mostOfRow = 1;

/** The rows; the longest first. */
const seen = new Set<Check>();
const rows = faults
  .map((fault) => ({ fault, named: some(checks.filter(({ id }) => fault.fails.includes(id))) }))
  .filter(({ named }) => named.length > 0) // other faults fail only slow checks
  .toSorted((a, b) => longest(b.named) - longest(a.named));

function some(named: readonly Check[]): readonly Check[] {
  const chosen = named.filter((check, index) => index < mostOfRow || !seen.has(check));
  for (const check of chosen) seen.add(check);
  return chosen;
}

function longest(named: readonly Check[]): number {
  return named.reduce((sum, { deadline = checkTimeout }) => sum + deadline, 0);
}

/** How often each row was tried. The output names rows that were retried. */
const tries = new Map<string, number>();
afterAll(() => {
  const again = [...tries].filter(([, count]) => count > 1).map(([name, count]) => `${name} (${count})`);
  if (again.length > 0) process.stderr.write(`rows of the matrix that were retried: ${again.join(", ")}\n`);
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
    ); // some faults are races, which the program can win on a busy machine
  }
});
