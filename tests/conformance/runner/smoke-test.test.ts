import { expect, test } from "bun:test";
import { join } from "node:path";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import { CouldNotRun, Finding } from "../../../src/conformance/finding.ts";
import { KnownFailures, knownText } from "../../../src/conformance/known.ts";
import { outcomeOf, type Report } from "../../../src/conformance/report.ts";
import { formats } from "../../../src/conformance/reports/formats.ts";
import type { Check } from "../../../src/conformance/requirement.ts";
import type { Machine } from "../../../src/conformance/runner/machine.ts";
import { ProgramUnderTest } from "../../../src/conformance/runner/program-under-test.ts";
import { type RunOptions, run } from "../../../src/conformance/runner/run.ts";
import { explaining } from "../../../src/conformance/runner/smoke-test.ts";
import { guardEachTest } from "../../client/guard.ts";
import { scripted } from "../../client/scripted.ts";
import { sampleCheck, sampleReport, sampleResult } from "../sample.ts";

/*
 * If a program fails a plain conversation, the report says why once: most checks would report the same, each in its
 * own words.
 */
guardEachTest();

/** A program that stores entries correctly, except that a test changes its response `a` to the request `r`. */
function storing(change: string): string[] {
  return scripted(`
    const dir = process.argv[3];
    hello();
    for (const r of requests()) {
      const path = (id) => dir + "/" + id.replaceAll("/", "_");
      let a = { ID: r.ID };
      if (r.Command === "get") a = fs.existsSync(path(r.ActionID)) ? { ID: r.ID, ...JSON.parse(fs.readFileSync(path(r.ActionID), "utf8")) } : { ID: r.ID, Miss: true };
      if (r.Command === "put") {
        const DiskPath = path(r.OutputID) + "-d";
        fs.writeFileSync(DiskPath, Buffer.from(r.Body ?? "", "base64"));
        a = { ID: r.ID, DiskPath };
        fs.writeFileSync(path(r.ActionID) + "-t", JSON.stringify({ OutputID: r.OutputID, Size: r.BodySize ?? 0, DiskPath }));
        fs.renameSync(path(r.ActionID) + "-t", path(r.ActionID));
      }
      ${change}
      if (a !== undefined) say(a);
      if (r.Command === "close") process.exit(0);
    }`).concat("{dir}");
}

const idle: Machine = {
  mark: () => ({ at: 0, idle: 0, late: 0 }),
  wasBusySince: () => false,
  room: async () => "enough",
};

test("the smoke test passes for a correct program, and otherwise names the failed stage", async () => {
  const cases: [change: string, stage: string | undefined][] = [
    ["", undefined],
    ["process.exit(2)", "get"],
    [`raw("hello there\\n")`, "output"],
    [`if (r.Command === "put") raw("stored it\\n")`, "output"],
    [`say(a)`, "get"],
    [`if (r.Command === "put") a = undefined, process.exit(2)`, "put"],
    [`if (r.Command === "put") a = { ID: r.ID, Err: "no" }`, "put"],
    [`if (r.Command === "put") fs.truncateSync(a.DiskPath, 10)`, "put"],
    [`if (a.OutputID) fs.appendFileSync(a.DiskPath, "x")`, "hit"],
    [`if (a.OutputID) a.OutputID = Buffer.alloc(32).toString("base64")`, "hit"],
    [`if (a.OutputID) a = { ID: r.ID, Miss: true }`, undefined],
    [
      `if (r.Command === "close") { say(a); say({ ID: 77 }); setInterval(() => {}, 1e6); process.exit(0) }`,
      "close",
    ],
    [
      `if (r.Command === "close") fs.readdirSync(dir).forEach((f) => f.endsWith("-d") && fs.writeFileSync(dir + "/" + f, "x"))`,
      "restart",
    ],
  ];
  const stages = await Promise.all(
    cases.map(async ([change]) => {
      using program = await ProgramUnderTest.begin(storing(change), { machine: idle });
      return program.smokeTest();
    }),
  );
  expect(stages).toEqual(cases.map(([, stage]) => stage) as typeof stages);
});

test("the checks that explain a failed stage exist and aren't slow", () => {
  const ids = Object.values(explaining).flat();
  const checks = catalogue.filter(({ id }) => (ids as readonly string[]).includes(id));
  expect(checks).toHaveLength(ids.length);
  expect(checks.filter(({ slow, level }) => slow || level === "info")).toEqual([]);
});

const fast = catalogue.filter(({ slow }) => !slow);

function judge(command: readonly string[], options: RunOptions = {}): Promise<Report> {
  return run(command, { checks: fast, machine: idle, ...options });
}

test("the report of a program that dies at its first request fits on two screens", async () => {
  const script = 'hello(); for (const r of requests()) { log("panic: nil"); process.exit(2) }';
  const report = await judge(scripted(script));
  const ran = report.results.filter(({ verdict }) => verdict === "failed");
  expect(ran.map(({ check }) => check.id)).toEqual([...explaining.get].sort(inOrder));
  const rest = report.results.filter(({ verdict }) => verdict !== "failed");
  expect(rest.map(({ verdict, blocked, see }) => [verdict, blocked, see?.length])).toEqual(
    rest.map(() => ["not run", true, ran.length]),
  );
  expect(outcomeOf(report)).toBe("failed");
  const text = formats.text(report);
  expect(text.split("\n").length).toBeLessThan(90);
  expect(text).toContain(`\n  ? ${rest.length} checks were not run: see framing/blank-line, `);
  expect(text).toMatch(new RegExp(`\n  ${ran.length} failed · ${rest.length} not run `));
  for (const { go, check } of ran) expect((go ?? check.go).outcome).toBe("fatal");
});

test(
  "a program that never responds is not waited for twice",
  async () => {
    const machine = { ...idle, wasBusySince: () => true };
    const report = await judge(scripted("hello(); for (const r of requests());"), {
      checkTimeout: 500,
      machine,
      jobs: 4,
    });
    const failed = report.results.filter(({ verdict }) => verdict === "failed");
    expect(failed).toHaveLength(explaining.get.length);
    for (const { duration, go, check } of failed) {
      expect(duration).toBeLessThan(1_000);
      expect((go ?? check.go).outcome).toBe("hang");
    }
  },
  { retry: 4 },
); // a busy machine may wait longer

test("if no check explains the failure, or few are selected, all of them run", async () => {
  const command = storing("process.exit(2)");
  const some = Array.from({ length: 12 }, (_, index) =>
    sampleCheck(`a/${index}`, {
      run: async () => {
        throw new Finding("this", "that");
      },
    }),
  );
  const passes = fast
    .filter(({ id }) => id === "get/miss")
    .map((check) => ({ ...check, run: async () => undefined }));
  const [none, few, without] = await Promise.all([
    judge(command, { checks: [...some, ...passes] }),
    judge(command, { checks: some.slice(0, 3) }),
    judge(command, { checks: fast.slice(0, 13), smokeTest: false }),
  ]);
  expect(none.results.map(({ verdict }) => verdict)).toEqual([
    ...some.map(() => "failed" as const),
    "passed",
  ]);
  expect(few.results.map(({ verdict }) => verdict)).toEqual(["failed", "failed", "failed"]);
  expect(without.results.some(({ see }) => see !== undefined)).toBe(false);
});

test("if the explaining checks are known failures, the run passes", async () => {
  const command = storing("process.exit(2)");
  const first = await judge(command);
  const known = KnownFailures.parse(knownText(first));
  const second = await judge(command, { known });
  expect(second.results.some(({ see }) => see?.includes("get/miss"))).toBe(true);
  expect(outcomeOf(second)).toBe("passed");
  expect(second.stale).toEqual([]);
});

test("a program that stores nothing passes with its known failures", async () => {
  const command = storing(`if (a.OutputID) a = { ID: r.ID, Miss: true }`);
  const checks = fast.filter(({ id }) => /^(get|time|persistence)\//.test(id));
  const first = await judge(command, { checks });
  expect(first.results.filter(({ blocked }) => blocked).length).toBeGreaterThan(5);
  expect(outcomeOf(first)).toBe("failed");
  const known = KnownFailures.parse(knownText(first));
  expect(outcomeOf(await judge(command, { checks, known }))).toBe("passed");
});

test("a check that the program keeps from running fails the run; one that the machine keeps from running leaves it incomplete", () => {
  const blocked = (changes: Partial<Check> = {}) =>
    sampleResult("not run", { check: sampleCheck("a/b", changes), blocked: true, remark: "no hit" });
  const passed = sampleResult("passed");
  const failed = sampleResult("failed", { check: sampleCheck("a/f", { level: "should" }) });
  const known = sampleResult("known", { check: sampleCheck("a/k") });
  const outcome = (...args: Parameters<typeof sampleReport>) => outcomeOf(sampleReport(...args));
  expect(outcome([passed, blocked()])).toBe("failed");
  expect(outcome([passed, failed, blocked()])).toBe("failed");
  expect(outcome([passed, known, blocked()])).toBe("passed");
  expect(outcome([passed, blocked({ level: "should" })])).toBe("passed");
  expect(outcome([passed, blocked({ level: "should" })], { strict: true })).toBe("failed");
  expect(outcome([passed, known, blocked(), sampleResult("not run")])).toBe("incomplete");
});

test("every format says if a check was not run because of the program", async () => {
  const check = sampleCheck("a/b", {
    run: async () => {
      throw new CouldNotRun("a get is answered with a miss");
    },
  });
  const report = await judge(storing(""), { checks: [check] });
  expect(report.results[0]).toMatchObject({ verdict: "not run", blocked: true });
  expect(outcomeOf(report)).toBe("failed");
  expect(formats.text(report)).toContain("not run: a get is answered with a miss");
  expect(formats.tap(report)).toContain("not ok 1");
  expect(formats.junit(report)).toContain('failures="1"');
  const parked = sampleReport([...report.results, sampleResult("known")]);
  expect(formats.tap(parked)).toContain("ok 1 - a/b # SKIP");
  expect(formats.junit(parked)).toContain('failures="0" errors="0" skipped="2"');
});

const root = join(import.meta.dir, "../../..");

test("the reference program passes the smoke test", async () => {
  const command = [process.execPath, join(root, "fixtures/reference-server.ts"), "--dir", "{dir}"];
  using program = await ProgramUnderTest.begin(command);
  expect(await program.smokeTest()).toBeUndefined();
});

function inOrder(a: string, b: string): number {
  const ids = catalogue.map(({ id }) => id);
  return ids.indexOf(a) - ids.indexOf(b);
}
