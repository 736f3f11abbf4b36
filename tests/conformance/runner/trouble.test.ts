import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newAction } from "../../../src/conformance/conversation/new-entry.ts";
import { get } from "../../../src/conformance/conversation/requests.ts";
import { outcomeOf, type Report } from "../../../src/conformance/report.ts";
import { run } from "../../../src/conformance/runner/run.ts";
import { guardEachTest, temporaryDirectory } from "../../client/guard.ts";
import { leftProcesses } from "../../client/processes.ts";
import { scripted } from "../../client/scripted.ts";
import { sampleCheck } from "../sample.ts";

/*
 * Programs that behave as badly as possible. Each run ends within its time limit, uses little memory, and leaves nothing
 * of the program behind.
 */
guardEachTest();
const folder = temporaryDirectory();

/** The check timeout, in ms; a correct program must be able to send its hello in it even on a busy machine. */
const checkTimeout = 1_000;
const ask = sampleCheck("a/get", {
  run: async (context) => void (await get(await context.start(), newAction())),
});
const start = sampleCheck("a/start", {
  beforeHello: true,
  run: async (context) => void (await context.spawn().hello()),
});

interface Measured {
  readonly report: Report;
  /** The duration of the run, in ms. */
  readonly time: number;
  /** How much more memory this process held at its most, in bytes. */
  readonly growth: number;
}

/**
 * The memory that this process holds, in bytes, chunks that were read included. Not what the system gave it: how much
 * garbage there is between two collections depends on how busy the machine is.
 */
function held(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

async function measure(script: string | readonly string[], patience = checkTimeout): Promise<Measured> {
  const before = held();
  let most = before;
  const sample = setInterval(() => {
    most = Math.max(most, held());
  }, 50);
  const started = performance.now();
  const command = typeof script === "string" ? scripted(script) : script;
  const report = await run(command, { checks: [start, ask], checkTimeout: patience, jobs: 2, retry: false });
  clearInterval(sample);
  return { report, time: performance.now() - started, growth: Math.max(most, held()) - before };
}

/** The findings of each check. */
function assumeHit({ report }: Measured): (string | undefined)[] {
  return report.results.map(({ actual, verdict }) => (verdict === "passed" ? "passed" : actual));
}

/** Resolves when every child of this process is gone. A process group may take a moment to die after SIGKILL. */
async function allGone(): Promise<void> {
  while (leftProcesses().length > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** A zombie isn't running, and has no command line. */
function isRunning(pid: string): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file).length > 0;
}

/** The check timeout for what ends before it, in ms: far more than that takes, even on a busy machine. */
const ample = 60_000;

/** A busy machine may delay the end of a run. One that a program can put off is late each time. */
const again = { retry: 4 };

/** The limit for the whole run: the hello, then the checks, which run concurrently, get up to four times the timeout. */
const longest = 5 * checkTimeout + 3_000;

test(
  "a silent program is waited for until the deadline",
  async () => {
    const silent = "nothing; the program is still running, and all of its stdin was written";
    const deaf = `process.on("SIGTERM", () => {}); process.on("SIGINT", () => {}); process.on("SIGHUP", () => {});`;
    const [never, after, stubborn, closed] = await Promise.all([
      measure("hang()"),
      measure("hello(); hang()"),
      measure(`${deaf} hello(); setInterval(() => {}, 1e6)`),
      measure("fs.closeSync(0); hello(); hang()"),
    ]);
    expect(never?.report.notStarted).toBe(`it sent no hello: ${silent}`);
    expect(assumeHit(never)).toEqual([silent, undefined]);
    expect(outcomeOf(never.report)).toBe("not started");
    expect(assumeHit(after)).toEqual(["passed", silent]);
    expect(assumeHit(stubborn)).toEqual(["passed", silent]);
    expect(assumeHit(closed)).toEqual([
      "passed",
      "nothing; the program is still running, but has closed its stdin",
    ]);
    for (const { time } of [never, after, stubborn, closed]) expect(time).toBeLessThan(longest);
  },
  again,
);

test("a program that dies immediately is reported with its whole stderr", async () => {
  const { report, time } = await measure(`log("no licence"); process.exit(3)`, ample);
  expect(report).toMatchObject({
    notStarted: "it sent no hello: it exited with code 3",
    stderr: ["no licence"],
  });
  expect(time).toBeLessThan(ample);
});

test("a program that floods stdout with other output is stopped immediately", async () => {
  const [garbage, answers, endless] = [
    await measure(`for (;;) raw("garbage ".repeat(8_192))`, ample),
    await measure(`hello(); for (;;) raw('{"ID":7,"Miss":true}\\n'.repeat(4_096))`, ample),
    await measure(`hello(); raw('{"ID":1,"Err":"'); for (;;) raw("a".repeat(65_536))`, ample),
  ];
  expect(garbage.report.notStarted).toContain("; expected a JSON object");
  expect(assumeHit(answers)).toEqual(["passed", "a response with ID 7, which no request has"]);
  expect(assumeHit(endless)).toEqual(["passed", expect.stringContaining("is longer than 1048576 bytes")]);
  for (const { time, growth } of [garbage, answers, endless]) {
    expect(time).toBeLessThan(ample);
    expect(growth).toBeLessThan(50e6);
  }
});

test.each([
  ["line breaks on stdout", `raw("\\n".repeat(65_536))`],
  ["text on stderr", `fs.writeSync(2, "text\\n".repeat(8_192))`],
])(
  "a program that floods its reader with %s fills no memory, and its time ends all the same",
  async (_name, flood) => {
    const flooded = await measure(`hello(); for (;;) ${flood}`);
    expect(assumeHit(flooded)).toEqual([
      "passed",
      expect.stringContaining("nothing; the program is still running"),
    ]);
    expect(flooded.time).toBeLessThan(longest);
    expect(flooded.growth).toBeLessThan(50e6);
  },
  again,
);

test("the children of a program are killed, even if it has exited and they hold the pipes", async () => {
  const pids = `${folder}/pids`;
  const child = `sh -c 'trap "" TERM HUP INT; sleep 1000' & echo $! >>${pids};`;
  const hello = `printf '{"ID":0,"KnownCommands":["get"]}\\n';`;
  const left = await measure(["sh", "-c", `${child} ${hello} exit 0`]);
  expect(assumeHit(left)).toEqual(["passed", "it exited with code 0"]);
  expect(left.time).toBeLessThan(longest);
  await allGone();
  const started = (await Bun.file(pids).text()).trim().split("\n");
  expect(started).toHaveLength(3);
  expect(started.filter(isRunning)).toEqual([]);
});

test("if the suite's process exits, its programs and sandboxes are gone too", async () => {
  const tmp = join(folder, "tmp");
  mkdirSync(tmp);
  const source = join(import.meta.dir, "../../../src/conformance");
  const { stdout, exitCode } = Bun.spawnSync(
    [
      process.execPath,
      "-e",
      `const { run } = await import("${source}/runner/run.ts");
       const { catalogue } = await import("${source}/catalogue.ts");
       const exit = async (context) => {
         const peer = await context.start();
         console.log(peer.pid);
         process.exit(7);
       };
       await run(${JSON.stringify(scripted("hello(); hang()"))}, { checks: [{ ...catalogue[0], run: exit }] });`,
    ],
    { env: { ...process.env, TMPDIR: tmp } },
  );
  expect(stdout.toString()).toMatch(/^\d+\n$/);
  await allGone();
  expect(isRunning(stdout.toString().trim())).toBe(false);
  expect(readdirSync(tmp)).toEqual([]);
  expect(exitCode).toBe(7);
});
