import { afterAll, describe, expect, test } from "bun:test";
import { bundleFaultyServer } from "../../fixtures/faulty-bundle.ts";
import { Semaphore } from "../../src/client/calls/semaphore.ts";
import { catalogue } from "../../src/conformance/catalogue.ts";
import type { Fault } from "../../src/conformance/fault.ts";
import { faults } from "../../src/conformance/faults.ts";
import type { Check } from "../../src/conformance/requirement.ts";
import { temporaryDirectory } from "../client/guard.ts";
import { differences, failedChecks, unproven } from "../tools/matrix.ts";

/*
 * Each check is failed by a fault that names it. `bun run matrix` runs every fault against every check, which takes
 * minutes.
 */

const checks = catalogue.filter((check) => !check.slow);

const file = await bundleFaultyServer(temporaryDirectory());

/** The groups that depend on how input is read and on a second tier. The store is that of `cacheprogw serve`. */
const ofServing = ["handshake", "framing", "answers", "bodies", "close", "end", "concurrency", "shared"];

// tests/package.test.ts runs all checks on `cacheprogw serve`.
test("without a fault, the program passes the checks of what it has in place of `cacheprogw serve`'s", async () => {
  const groups = new Set(checks.map(({ id }) => id.split("/")[0] ?? ""));
  expect(ofServing.filter((group) => !groups.has(group))).toEqual([]);
  const its = checks.filter(({ id }) => ofServing.includes(id.split("/")[0] ?? ""));
  expect(await failedChecks(undefined, its, { file })).toEqual([]);
});

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

/** These fail a check that may take long only at its deadline. Five seconds are enough of a proof. */
const silent: readonly string[] = ["gives-up-unread", "hangs-on-full-disk"];
const longestSilence = 5_000;

/** A row of the matrix, or a part of it. */
interface Row {
  readonly fault: Fault;
  readonly named: readonly Check[];
}

/** The rows; the longest first. */
const rows = narrowRows()
  .map(({ fault, named }) => ({ fault, named: silent.includes(fault.name) ? named.map(cutShort) : named }))
  .toSorted((a, b) => longest(b) - longest(a));

function cutShort(check: Check): Check {
  return { ...check, deadline: Math.min(check.deadline ?? 0, longestSilence) };
}

/** The faults with the checks that no narrower fault fails. */
function narrowRows(): Row[] {
  const seen = new Set<Check>();
  return faults
    .map((fault) => ({ fault, all: checks.filter(({ id }) => fault.fails.includes(id)) }))
    .toSorted((a, b) => a.all.length - b.all.length)
    .map(({ fault, all }) => {
      const unseen = all.filter((check) => !seen.has(check));
      for (const check of unseen) seen.add(check);
      return { fault, named: unseen };
    })
    .filter(({ named }) => named.length > 0);
}

test("every check that a fault can fail is failed in a row below", () => {
  const failed = new Set(rows.flatMap(({ named }) => named.map(({ id }) => id)));
  const named = new Set(faults.flatMap(({ fails }) => fails));
  expect(checks.map(({ id }) => id).filter((id) => named.has(id) && !failed.has(id))).toEqual([]);
});

function deadlineOf({ deadline = checkTimeout }: Check): number {
  return deadline;
}

/** About how long a row can take, in ms. A handshake has more time than a check. */
function longest({ fault, named }: Row): number {
  const handshake =
    named.some(({ beforeHello }) => beforeHello) && fault.go === "hang" ? 4 * checkTimeout : 0;
  return handshake + named.reduce((sum, check) => sum + deadlineOf(check), 0);
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
        const failed = await failedChecks(fault, named, {
          file,
          jobs: 2,
          checkTimeout,
          retry: false,
        }).finally(() => slots.release());
        expect(differences({ ...fault, fails: named.map(({ id }) => id) }, failed)).toEqual([]);
      },
      { timeout: 120_000, retry: 4 },
    ); // some faults are races, which the program can win on a busy machine
  }
});
