import { expect, test } from "bun:test";
import { newAction } from "../../../src/conformance/conversation/new-entry.ts";
import { get } from "../../../src/conformance/conversation/requests.ts";
import { CouldNotRun, Finding } from "../../../src/conformance/finding.ts";
import { outcomeOf } from "../../../src/conformance/report.ts";
import type { Check } from "../../../src/conformance/requirement.ts";
import type { Machine } from "../../../src/conformance/runner/machine.ts";
import { type RunOptions, run } from "../../../src/conformance/runner/run.ts";
import { guardEachTest } from "../../client/guard.ts";
import { scripted } from "../../client/scripted.ts";
import { sampleCheck } from "../sample.ts";

/*
 * A finding that depends on time or disk space is retried before it is reported, if this machine may have caused it.
 */
guardEachTest();

const busy: Partial<Machine> = { wasBusySince: () => true };
/** An idle machine with free disk space, except for what a test overrides. */
function machine(changes: Partial<Machine> = {}): Machine {
  return {
    mark: () => ({ at: 0, idle: 0, late: 0 }),
    wasBusySince: () => false,
    room: async () => "enough",
    ...changes,
  };
}

/** A check that throws the next of `outcomes` at each attempt; undefined passes. */
function tries(id: string, outcomes: readonly (Error | undefined)[], changes: Partial<Check> = {}) {
  const left = [...outcomes];
  const check = sampleCheck(id, {
    async run() {
      const outcome = left.shift();
      if (outcome !== undefined) throw outcome;
      return undefined;
    },
    ...changes,
  });
  return { check, left };
}
const late = () => new Finding("an answer within 5.0 s", "nothing", { late: true });

async function judge(check: Check, options: RunOptions = {}) {
  const report = await run(scripted("hello(); for (const r of requests());"), {
    checks: [check],
    ...options,
  });
  return { report, result: report.results[0] };
}

test("on a busy machine, a check that timed out is retried, and passes if the retry does", async () => {
  const { check } = tries("a/late", [late(), undefined]);
  const { report, result } = await judge(check, { machine: machine(busy) });
  expect(result).toMatchObject({
    verdict: "passed",
    remark: "passed when retried alone; the first attempt, on a busy machine: nothing",
  });
  expect(report.lacking).toEqual([expect.stringContaining("too busy")]);
  expect(outcomeOf(report)).toBe("passed");
});

test("a check that times out again in the retry fails", async () => {
  const { check, left } = tries("a/late", [late(), late(), undefined]);
  const { result } = await judge(check, { machine: machine(busy) });
  expect(result).toMatchObject({ verdict: "failed", actual: "nothing" });
  expect(left).toHaveLength(1);
});

test("a timeout in a step that the check only depends on is retried too", async () => {
  const cause = new CouldNotRun("no answer to close", { cause: late() });
  const { check } = tries("a/late", [cause, undefined]);
  expect((await judge(check, { machine: machine(busy) })).result?.verdict).toBe("passed");
});

test("no retry on an idle machine, for other findings, or with retry: false", async () => {
  const finding = () => new Finding("a miss", "a hit");
  for (const [outcome, options] of [
    [late(), { machine: machine() }],
    [finding(), { machine: machine(busy) }],
    [late(), { machine: machine(busy), retry: false }],
  ] as const) {
    const { check, left } = tries("a/once", [outcome, undefined]);
    const { report, result } = await judge(check, options);
    expect(result?.verdict).toBe("failed");
    expect(left).toHaveLength(1);
    expect(report.lacking).toEqual([]);
  }
});

test("a retry runs alone, with twice the time", async () => {
  const log: string[] = [];
  const others = Promise.withResolvers<void>();
  let count = 0;
  const first = sampleCheck("a/late", {
    async run(context) {
      log.push(`late ${context.patience.time}`);
      if (count++ > 0) return undefined;
      others.resolve();
      throw late();
    },
  });
  const beside = sampleCheck("a/beside", {
    async run() {
      await others.promise;
      await new Promise((resolve) => setImmediate(resolve));
      log.push("beside is done");
      return undefined;
    },
  });
  const command = scripted("hello(); for (const r of requests());");
  await run(command, { checks: [first, beside], jobs: 2, checkTimeout: 4_000, machine: machine(busy) });
  expect(log).toEqual(["late 4000", "beside is done", "late 8000"]);
});

test("after three retries in a row that confirmed the finding, nothing is retried", async () => {
  const all = Array.from({ length: 6 }, (_, index) => tries(`a/${index}`, [late(), late(), undefined]));
  const checks = all.map(({ check }) => check);
  const command = scripted("hello(); for (const r of requests());");
  const { results } = await run(command, { checks, jobs: 1, machine: machine(busy) });
  expect(results.map(({ verdict }) => verdict)).toEqual(checks.map(() => "failed"));
  expect(all.map(({ left }) => left.length)).toEqual([1, 1, 1, 2, 2, 2]);
});

test("a finding on a full disk is retried; if the disk is still full, the check could not run", async () => {
  const full = new Finding("a file of 9 bytes", "it is 0 bytes long");
  const rooms: ("none" | "enough")[] = ["none", "enough"];
  const once = tries("a/once", [full, undefined]);
  const { result } = await judge(once.check, {
    machine: machine({ room: async () => rooms.shift() ?? "enough" }),
  });
  expect(result).toMatchObject({
    verdict: "passed",
    remark: expect.stringContaining("little space on the disk"),
  });
  const always = tries("a/always", [full, full]);
  const { report, result: last } = await judge(always.check, {
    machine: machine({ room: async () => "none" }),
  });
  expect(last).toMatchObject({
    verdict: "not run",
    remark: expect.stringMatching(/^no space left in .*: it is 0/),
  });
  expect(outcomeOf(report)).toBe("incomplete");
});

test("with little disk space, the disk is blamed only if the finding mentions it", async () => {
  const little = machine({ room: async () => "little" });
  const said = new Finding("an answer without Err", 'Err "write: no space left on device"');
  const other = new Finding("an answer without Err", 'Err "no such action"');
  expect((await judge(tries("a/said", [said, said]).check, { machine: little })).result?.verdict).toBe(
    "not run",
  );
  expect((await judge(tries("a/other", [other, other]).check, { machine: little })).result?.verdict).toBe(
    "failed",
  );
  expect((await judge(tries("a/once", [other]).check, { machine: little })).result?.verdict).toBe("passed");
});

test("a slow program is not reported as hanging", async () => {
  // Each of ten responses takes a fifth of the check timeout: twice the timeout in total.
  const script = `hello(); for (const { ID } of requests()) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120);
    say({ ID, Miss: true });
  }`;
  const check = sampleCheck("a/many", {
    async run(context) {
      const peer = await context.start();
      for (let i = 0; i < 10; i++) await get(peer, newAction());
      return undefined;
    },
  });
  const { results } = await run(scripted(script), { checks: [check], checkTimeout: 600 });
  expect(results[0]?.verdict).toBe("passed");
});

test("a hello may take longer than the check timeout, at every start", async () => {
  const script = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800); hello(); hang()";
  const check = sampleCheck("a/start", { run: async (context) => void (await context.start()) });
  const report = await run(scripted(script), { checks: [check], checkTimeout: 600 });
  expect(report.notStarted).toBeUndefined();
  expect(report.results[0]?.verdict).toBe("passed");
});
