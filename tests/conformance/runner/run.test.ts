import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckContext } from "../../../src/conformance/conversation/context.ts";
import { newAction } from "../../../src/conformance/conversation/new-entry.ts";
import { get } from "../../../src/conformance/conversation/requests.ts";
import { CouldNotRun, Finding } from "../../../src/conformance/finding.ts";
import { KnownFailures } from "../../../src/conformance/known.ts";
import { dialects } from "../../../src/conformance/peer/dialect.ts";
import { outcomeOf, type Result } from "../../../src/conformance/report.ts";
import { textReport } from "../../../src/conformance/reports/text.ts";
import type { Check } from "../../../src/conformance/requirement.ts";
import { ProgramUnderTest } from "../../../src/conformance/runner/program-under-test.ts";
import { type RunOptions, run } from "../../../src/conformance/runner/run.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { guardEachTest, temporaryDirectory } from "../../client/guard.ts";
import { emptyCache, scripted } from "../../client/scripted.ts";
import { sampleCheck, sampleReport } from "../sample.ts";

guardEachTest();
const folder = temporaryDirectory();
const { TMPDIR } = process.env;
const sandboxes = join(folder, "tmp");

beforeAll(() => {
  mkdirSync(sandboxes);
  process.env.TMPDIR = sandboxes;
});

afterEach(() => expect(readdirSync(sandboxes)).toEqual([]));

afterAll(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

/** A check that a test controls, without a program. */
function check(id: string, run: Check["run"], changes: Partial<Check> = {}): Check {
  return sampleCheck(id, { run, ...changes });
}
const fail: Check["run"] = () => Promise.reject(new Finding("this", "that"));
const pass: Check["run"] = async () => undefined;

/** Runs checks against a program that responds like an empty cache. */
function runAll(checks: readonly Check[], options: RunOptions = {}, script = emptyCache) {
  return run(scripted(script), { checks, jobs: 1, ...options });
}

/** A signal that counts its listeners. */
class ListenerCount extends EventTarget implements AbortSignal {
  readonly aborted = false;
  readonly reason = undefined;
  onabort = null;
  count = 0;
  throwIfAborted(): void {}
  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.count++;
    super.addEventListener(...args);
  }
  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.count--;
    super.removeEventListener(...args);
  }
}

function verdicts(results: readonly Result[]): string[] {
  return results.map(({ verdict }) => verdict);
}

test("a check passes, fails, can't run, isn't applicable, or has an internal error", async () => {
  const { results } = await runAll(
    [
      check("a/passes", async () => "a remark"),
      check("a/fails", fail),
      check("a/tells", async () => "12", { level: "info" }),
      check("a/tells-badly", fail, { level: "info" }),
      check("a/can-not", () => Promise.reject(new CouldNotRun("no second user"))),
      check("a/put", fail, { needs: ["get", "put"] }),
      check("a/mistake", () => Promise.reject(new TypeError("x is not a function"))),
      check("a/system", async () => void (await Bun.file("/nowhere/at/all").text())),
    ],
    {},
    'hello(["get"])',
  );
  expect(verdicts(results)).toEqual([
    "passed",
    "failed",
    "info",
    "info",
    "not run",
    "not applicable",
    "error",
    "not run",
  ]);
  expect(results.map(({ remark }) => remark?.split("\n")[0])).toEqual([
    "a remark",
    undefined,
    "12",
    undefined,
    "no second user",
    "put is not declared",
    "TypeError: x is not a function",
    expect.stringContaining("ENOENT"),
  ]);
  expect(results[1]).toMatchObject({ expected: "this", actual: "that" });
});

test("a finding has the last messages and the whole stderr of a program that exited", async () => {
  const script = `hello(); for (const r of requests()) { log("out of disk\\nbye"); process.exit(3); }`;
  const ask: Check["run"] = async (context) => void (await get(await context.start(), newAction()));
  const { results } = await runAll([check("a/get", ask)], {}, script);
  expect(results[0]).toMatchObject({
    verdict: "failed",
    expected: "a response to request 1",
    actual: "it exited with code 3",
    stderr: ["out of disk", "bye"],
    wire: [
      expect.stringMatching(/^← .*KnownCommands/),
      expect.stringMatching(/^→ .*"ID":1/),
      "· stdout ended",
      "· exited with code 3",
    ],
  });
});

test("a finding has the first and last lines of a long panic", async () => {
  const panic = `log("panic: out of disk\\n" + "goroutine\\n".repeat(100) + "exit status 2"); process.exit(2);`;
  const script = `hello(); log("ready\\n".repeat(30)); for (const r of requests()) { ${panic} }`;
  const ask: Check["run"] = async (context) => void (await get(await context.start(), newAction()));
  const { results } = await runAll([check("a/get", ask)], {}, script);
  const stderr = results[0]?.stderr ?? [];
  expect(stderr.slice(0, 3)).toEqual(["… 31 lines left out", "panic: out of disk", "goroutine"]);
  expect(stderr.at(-1)).toBe("exit status 2");
});

test("stderr that a child writes shortly after the program's exit is in the finding", async () => {
  const script = `printf '{"KnownCommands":["get"]}'; (sleep 0.05; echo late >&2) >/dev/null & exit 3`;
  const ask: Check["run"] = async (context) => void (await get(await context.start(), newAction()));
  const { results } = await run(["sh", "-c", script], { checks: [check("a/get", ask)] });
  expect(results[0]).toMatchObject({ verdict: "failed", stderr: ["late"] });
});

test("with several processes, a finding shows the one that it is about, not the last started one", async () => {
  const script = `
    const number = fs.readdirSync(process.argv[3]).length + 1;
    fs.writeFileSync(process.argv[3] + "/" + number, "");
    hello();
    for (const { ID } of requests())
      number === 1 ? (log("number one"), process.exit(3)) : number === 2 ? raw('{"ID":7}\\n{"ID":8}\\n') : say({ ID, Miss: true });`;
  const start = async (context: CheckContext) =>
    [await context.start(), await context.start(), await context.start()] as const;
  const checks = [
    check("a/exits", async (context) => void (await get((await start(context))[0], newAction()))),
    check("a/breaks", async (context) => {
      const [, second] = await start(context);
      second.send({ command: "get", actionID: newAction() });
      await second.outputEnded;
      throw second.violation;
    }),
    check("a/judges", async (context) => {
      const [, , third] = await start(context);
      await get(third, newAction());
      throw new Finding("a hit", "a miss");
    }),
  ];
  const { results } = await run([...scripted(script), "{dir}"], { checks });
  expect(results[0]).toMatchObject({ process: { number: 1, of: 3 }, stderr: ["number one"] });
  expect(results[0]?.wire?.at(-1)).toBe("· exited with code 3");
  expect(results[1]).toMatchObject({
    process: { number: 2, of: 3 },
    actual: "a response with ID 7, which no request has",
  });
  expect(results[2]).toMatchObject({ process: { number: 3, of: 3 } });
  expect(textReport(sampleReport(results))).toContain("  Process  1 of the 3 that the check started\n");
});

test("long texts of a finding are cut", async () => {
  const much = () => Promise.reject(new Finding("a".repeat(1e6), "b".repeat(1e6)));
  const { results } = await runAll([check("a/much", much)]);
  expect(results[0]?.expected).toHaveLength(16_001);
  expect(results[0]?.actual).toHaveLength(16_001);
});

test("known failures don't fail the run, flaky ones may pass, and an entry that passes is stale", async () => {
  const known = KnownFailures.parse("a/known # why\n~a/flaky\n~a/fine\na/repaired\na/unasked");
  const skipped = [check("a/unasked", pass)];
  const ids = ["known", "flaky", "fine", "repaired"];
  const checks = ids.map((id, index) => check(`a/${id}`, index < 2 ? fail : pass));
  const report = await runAll(checks, { known, skipped });
  expect(verdicts(report.results)).toEqual(["known", "flaky", "passed", "passed"]);
  expect(report.results[0]).toMatchObject({ remark: "why", expected: "this", actual: "that" });
  expect(report.stale.map(({ text }) => text)).toEqual([
    "a/repaired passes now",
    "a/unasked is skipped, so it isn't known whether it still fails",
  ]);
  expect(outcomeOf(report)).toBe("failed");
  const exact = KnownFailures.parse("a/known\n~a/flaky\n~a/fine");
  expect(outcomeOf(await runAll(checks.slice(0, 3), { known: exact }))).toBe("passed");
});

test("onResult gets results as they arrive; the report has them in the order of the checks", async () => {
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const late = check("a/late", () => gate.promise.then(() => undefined));
  const early = check("a/early", async () => gate.resolve() ?? undefined);
  const { results } = await runAll([late, early], {
    jobs: 2,
    onStart: ({ id }) => order.push(`start ${id}`),
    onResult: ({ check: { id } }) => order.push(`end ${id}`),
  });
  expect(order.slice(0, 2)).toEqual(["start a/late", "start a/early"]);
  expect(order.slice(2).sort()).toEqual(["end a/early", "end a/late"]);
  expect(results.map(({ check: { id } }) => id)).toEqual(["a/late", "a/early"]);
});

test("as many checks run at once as there are jobs", async () => {
  let running = 0;
  let most = 0;
  const both = Promise.withResolvers<void>();
  const meet: Check["run"] = async () => {
    most = Math.max(most, ++running);
    if (running === 2) both.resolve();
    await both.promise;
    running--;
    return undefined;
  };
  const checks = Array.from({ length: 4 }, (_, index) => check(`a/${index}`, meet));
  expect(verdicts((await runAll(checks, { jobs: 2 })).results)).toEqual(Array(4).fill("passed"));
  expect(most).toBe(2);
});

test("checks that may take longest start first, unless one runs at a time or the first failure stops the run", async () => {
  const checks = [
    check("a/short", pass),
    check("a/longest", pass, { deadline: 20_000 }),
    check("a/long", pass, { deadline: 10_000 }),
  ];
  const orderWith = async (options: RunOptions) => {
    const order: string[] = [];
    const report = await runAll(checks, { ...options, onStart: ({ id }) => order.push(id) });
    expect(report.results.map((result) => result.check)).toEqual(checks);
    return order;
  };
  const given = ["a/short", "a/longest", "a/long"];
  expect(await orderWith({ jobs: 2 })).toEqual(["a/longest", "a/long", "a/short"]);
  expect(await orderWith({ jobs: 1 })).toEqual(given);
  expect(await orderWith({ jobs: 2, failFast: true })).toEqual(given);
});

test("the checks of a run share what Bun has compiled, unless the user has a place for it", async () => {
  const name = "BUN_RUNTIME_TRANSPILER_CACHE_PATH";
  const placesSeen = async () => {
    const seen: (string | undefined)[] = [];
    const look: Check["run"] = async ({ sandbox }) => void seen.push(sandbox.env[name]);
    await runAll([check("a/one", look), check("a/two", look)]);
    return seen;
  };
  const before = process.env[name];
  delete process.env[name];
  const [first, second] = await placesSeen();
  process.env[name] = "/the/user/s";
  const own = await placesSeen();
  if (before === undefined) delete process.env[name];
  else process.env[name] = before;
  expect(first).toStartWith(join(sandboxes, "cacheprogw-check-"));
  expect(second).toBe(first);
  expect(own).toEqual(["/the/user/s", "/the/user/s"]);
});

test("--fail-fast stops at the first check that fails the run, and interrupts running checks", async () => {
  const started = Promise.withResolvers<void>();
  const wait: Check["run"] = async (context) => {
    const peer = await context.start();
    started.resolve();
    await peer.ended();
    return undefined;
  };
  const failThen: Check["run"] = async () => {
    await started.promise;
    throw new Finding("this", "that");
  };
  const told: string[] = [];
  const report = await runAll(
    [
      check("a/should", fail, { level: "should" }),
      check("a/waits", wait),
      check("a/fails", failThen),
      check("a/never", pass),
    ],
    { jobs: 2, failFast: true, checkTimeout: 60_000, onResult: (result) => told.push(result.check.id) },
  );
  expect(verdicts(report.results)).toEqual(["failed", "not run", "failed", "not run"]);
  expect(report.results.map(({ unreached }) => unreached)).toEqual([undefined, true, undefined, true]);
  expect(told).toEqual(["a/should", "a/fails"]);
  expect(report.stopped).toBe("fail-fast");
  expect(outcomeOf(report)).toBe("failed");
});

test("with --strict, --fail-fast stops at a violated should; a stop after the last check is not reported", async () => {
  const checks = [check("a/should", fail, { level: "should" }), check("a/next", pass)];
  const [lenient, strict] = [
    await runAll(checks, { failFast: true }),
    await runAll(checks, { failFast: true, strict: true }),
  ];
  expect([lenient, strict].map(({ results }) => verdicts(results))).toEqual([
    ["failed", "passed"],
    ["failed", "not run"],
  ]);
  expect([lenient.stopped, strict.stopped]).toEqual([undefined, "fail-fast"]);
  const last = await runAll([check("a/next", pass), check("a/fails", fail)], { failFast: true });
  expect([last.stopped, verdicts(last.results)]).toEqual([undefined, ["passed", "failed"]]);
});

test("the report names the first reason that stopped the run", async () => {
  const controller = new AbortController();
  const report = await runAll([check("a/fails", fail), check("a/next", pass)], {
    failFast: true,
    signal: controller.signal,
    onResult: () => controller.abort(),
  });
  expect(report.stopped).toBe("interrupted");
});

test("a run leaves no listener on the signal or on process exit", async () => {
  const signal = new ListenerCount();
  const before = process.listenerCount("exit");
  await runAll([check("a/asks", async (context) => void (await get(await context.start(), newAction())))], {
    signal,
  });
  await run(["/nowhere/at/all"], { checks: [check("a/b", pass)], signal });
  await run("'x", { signal }).catch(() => {});
  process.env.TMPDIR = "/nowhere/at/all";
  await run(scripted("hello()"), { signal }).catch(() => {});
  process.env.TMPDIR = sandboxes;
  expect(process.listenerCount("exit")).toBe(before);
  expect(signal.count).toBe(0);
});

test("the signal and the timeout stop a run, and the report says which", async () => {
  const wait: Check["run"] = async (context) => void (await (await context.start()).ended());
  const checks = [check("a/first", pass), check("a/waits", wait), check("a/never", pass)];
  const controller = new AbortController();
  const interrupted = await runAll(checks, {
    signal: controller.signal,
    checkTimeout: 60_000,
    onStart: ({ id }) => id === "a/waits" && controller.abort(),
  });
  const late = await runAll(checks.slice(1), { timeout: 300, checkTimeout: 60_000 });
  expect(verdicts(interrupted.results)).toEqual(["passed", "not run", "not run"]);
  expect(verdicts(late.results)).toEqual(["not run", "not run"]);
  expect([interrupted, late].map(outcomeOf)).toEqual(["incomplete", "incomplete"]);
  expect([interrupted.stopped, late.stopped]).toEqual(["interrupted", "timeout"]);
});

test("with an aborted signal, nothing runs and nothing fails", async () => {
  const report = await runAll([check("a/b", pass)], { signal: AbortSignal.abort() });
  expect(report).toMatchObject({ stopped: "interrupted", notStarted: undefined });
  expect(verdicts(report.results)).toEqual(["not run"]);
});

test("a check that misses its deadline is an internal error, and the run goes on without it", async () => {
  const stuck: Check["run"] = () => new Promise(() => {});
  const report = await runAll([check("a/stuck", stuck), check("a/next", pass)], { checkTimeout: 300 });
  expect(verdicts(report.results)).toEqual(["error", "passed"]);
  expect(report.results[0]?.remark).toContain("a/stuck did not end by its deadline");
  expect(outcomeOf(report)).toBe("error");
});

test("a check can have a longer deadline, and its finding says how long it waited", async () => {
  const wait: Check["run"] = async (context) => void (await get(await context.start(), newAction()));
  const script = "hello(); hang()";
  const checks = [check("a/short", wait), check("a/long", wait, { deadline: 900 })];
  const { results } = await runAll(checks, { checkTimeout: 600, jobs: 2, retry: false }, script);
  expect(results[0]?.duration).toBeLessThan(results[1]?.duration ?? 0);
  expect(results[1]?.expected).toMatch(/^a response to request 1 within \d+ ms$/);
  expect(results[1]?.actual).toBe("nothing; the program is still running, and all of its stdin was written");
});

test("a check gets the longer of its own deadline and checkTimeout", async () => {
  using program = await ProgramUnderTest.begin(scripted("hello()"), { checkTimeout: 7_000 });
  const deadlines = [undefined, 900, 20_000].map((deadline) =>
    program.deadlineOf(check("a/b", pass, deadline === undefined ? {} : { deadline })),
  );
  expect(deadlines).toEqual([7_000, 7_000, 20_000]);
});

test("a program that can't be started is reported once, and no check runs", async () => {
  const file = join(folder, "no-program");
  writeFileSync(file, "");
  const checks = [check("a/first", pass, { beforeHello: true }), check("a/second", pass)];
  for (const [command, said] of [
    [[join(folder, "absent")], "there is no file"],
    [[file], "is not executable"],
    [[], "the command is empty"],
  ] as const) {
    const report = await run(command, { checks });
    expect(report.notStarted).toContain(said);
    expect(report.results.map(({ unreached }) => unreached)).toEqual([true, true]);
    expect(outcomeOf(report)).toBe("not started");
  }
});

test("without a hello, only checks that need none run", async () => {
  const checks = [check("a/first", pass, { beforeHello: true }), check("a/second", pass)];
  const cases: [script: string, said: string][] = [
    [`log("no licence"); process.exit(3)`, "it sent no hello: it exited with code 3"],
    [`say({ ID: 1, KnownCommands: ["get"] }); hang()`, "its first message is not a hello"],
    [`say({ ID: 0 }); hang()`, "its first message is not a hello"],
    [`raw("cache ready\\n"); hang()`, "it sent no hello: at byte 0, found cache ready"],
  ];
  const reports = await Promise.all(cases.map(([script]) => runAll(checks, {}, script)));
  for (const [index, report] of reports.entries()) {
    expect(report.notStarted).toStartWith(cases[index]?.[1] ?? "");
    expect(verdicts(report.results)).toEqual(["passed", "not run"]);
    expect(outcomeOf(report)).toBe("not started");
  }
  expect(reports[0]?.stderr).toEqual(["no licence"]);
});

test("each check has its own sandbox, which is removed afterwards even if it isn't writable", async () => {
  const roots: string[] = [];
  const look: Check["run"] = async ({ sandbox }) => {
    roots.push(sandbox.root);
    expect(readdirSync(sandbox.dir)).toEqual([]);
    const locked = join(sandbox.dir, "locked");
    mkdirSync(locked);
    writeFileSync(join(locked, "file"), "");
    chmodSync(locked, 0o500);
    return undefined;
  };
  const { results } = await runAll([check("a/1", look), check("a/2", look)]);
  expect(verdicts(results)).toEqual(["passed", "passed"]);
  expect(new Set(roots).size).toBe(2);
});

test("a program runs in another directory, but relative paths in its command still work", async () => {
  const place = join(folder, "place.json");
  const script = `fs.writeFileSync(${JSON.stringify(place)}, JSON.stringify([process.cwd(), process.argv[3], process.env.HOME, process.env.GOCACHEPROG ?? null])); hello()`;
  const shown = "./fixtures/scripted-server.ts";
  const root = join(import.meta.dir, "../../..");
  const child = Bun.spawnSync(
    [
      process.execPath,
      "-e",
      `const { run } = await import("./src/conformance/runner/run.ts");
       const r = await run(${JSON.stringify([process.execPath, shown, script, "{dir}/x"])}, { checks: [] });
       console.log(JSON.stringify([r.command[1], r.notStarted ?? null]));`,
    ],
    { cwd: root, env: { ...process.env, GOCACHEPROG: "x" } },
  );
  expect(JSON.parse(child.stdout.toString())).toEqual([shown, null]);
  const [cwd, dir, home, variable] = await Bun.file(place).json();
  expect(cwd).toMatch(/cacheprogw-check-\w+\/work$/);
  expect(dir).toMatch(/^\/.*cacheprogw-check-\w+\/dir\/x$/);
  expect(home).toMatch(/cacheprogw-check-\w+\/home$/);
  expect(variable).toBeNull();
});

test("the rerun command has --as, unless the dialect is the default", async () => {
  const checks = [check("a/b", pass)];
  const command = scripted("hello()");
  const [usual, other] = await Promise.all([
    run(command, { checks }),
    run(command, { checks, dialect: dialects[1] }),
  ]);
  expect(usual.results[0]?.rerun).toMatch(/^cacheprogw check a\/b -- \/.* 'hello\(\)'$/);
  expect(other.results[0]?.rerun).toStartWith("cacheprogw check a/b --as go1.23 -- /");
});

test("a command may be a GOCACHEPROG value", async () => {
  const [bun = "", server] = scripted("");
  const report = await run(`${bun} '${server}' 'hello()'`, { checks: [check("a/b", pass)] });
  expect(verdicts(report.results)).toEqual(["passed"]);
  expect(report.command).toEqual([bun, server ?? "", "hello()"]);
  await expect(run("'x")).rejects.toThrow("isn't closed");
});

test("a finished run doesn't keep the process alive, even with a timeout", () => {
  const source = join(import.meta.dir, "../../../src/conformance/runner/run.ts");
  const script = `
    const { run } = await import(${JSON.stringify(source)});
    const { results } = await run(${JSON.stringify(scripted("hello()"))}, { checks: [], timeout: 2_000_000_000 });
    console.log(results.length);
  `;
  const { exitCode, stdout } = Bun.spawnSync([process.execPath, "-e", script]);
  expect([exitCode, stdout.toString()]).toEqual([0, "0\n"]);
});

test("options out of range are rejected before anything starts", async () => {
  const cases: [options: RunOptions, said: string][] = [
    [{ jobs: 0 }, "the option jobs is 0; expected a whole number above 0"],
    [{ jobs: 1.5 }, "the option jobs is 1.5;"],
    [{ timeout: 0 }, "the option timeout is 0; expected a number of ms above 0"],
    [{ timeout: Number.POSITIVE_INFINITY }, "the option timeout is Infinity;"],
    [{ checkTimeout: -1 }, "the option checkTimeout is -1;"],
    [{ checkTimeout: Number.NaN }, "the option checkTimeout is NaN;"],
  ];
  for (const [options, said] of cases) {
    const error = await run(["/nowhere"], options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(String(error)).toContain(said);
  }
});
