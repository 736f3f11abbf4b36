import { afterAll, expect, test } from "bun:test";
import { basename } from "node:path";
import { id, Traffic } from "../../trace/traffic.ts";
import type { Outcome } from "../running.ts";
import { reference, Sandbox, scripted } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

/** As short as possible. */
const quick = ["--time", "0.01", "--runs", "1"];
const twice = ["--time", "0.02", "--runs", "2"];
const misses = scripted(`hello(["get"]); for (const r of requests()) say({ ID: r.ID, Miss: true })`);

function bench(...args: string[]): Promise<Outcome> {
  return sandbox.run(["bench", ...args]);
}

test("the JSON has the figures of a program, each with its runs and calls", async () => {
  const { code, stdout } = await bench(
    "handshake",
    "get-hit/1",
    "put/1KiB",
    "--json",
    "--report",
    "html=page.html",
    ...twice,
    ...reference,
  );
  expect(code).toBe(0);
  const { programs, limit, ...report } = JSON.parse(stdout.toString());
  expect(report).toMatchObject({ format: "cacheprogw bench", version: 1, rounds: 2, slice: 10, ratios: [] });
  expect(report.warnings).toContainEqual(expect.stringContaining("2 rounds are too few"));
  for (const { figures } of [...programs, limit]) {
    expect(figures).toMatchObject([
      { id: "handshake", shows: "time", calls: 6, bandwidth: null },
      { id: "get-hit/1", shows: "rate", bandwidth: null },
      { id: "put/1KiB", shows: "rate", bandwidth: expect.any(Number) },
    ]);
    for (const { id, speed, calls, latency, failed } of figures) {
      expect(speed.runs).toHaveLength(id === "handshake" ? 6 : 2);
      expect(speed.median).toBeGreaterThan(0);
      expect(calls).toBeGreaterThan(1);
      expect(latency.max).toBeGreaterThan(0);
      expect(failed).toBeUndefined();
    }
  }
  expect(programs).toHaveLength(1);
  expect(sandbox.read("page.html").toString()).toStartWith("<!doctype html>");
});

test("a trace is replayed as one figure, after what hit in it without being put", async () => {
  const traffic = new Traffic();
  traffic.hit(traffic.get(id(1)), id(1, "b"), 2_000);
  traffic.miss(traffic.get(id(2)));
  traffic.stored(traffic.put(id(2), id(2, "b"), 5_000));
  const trace = sandbox.write("a build.jsonl", traffic.end().text);
  const workload = ["--workload", trace, "--runs", "1", "--json"];
  const { code, stdout } = await bench(...workload, ...reference);
  const [{ figures }] = JSON.parse(stdout.toString()).programs;
  expect(figures).toMatchObject([{ id: "trace/a-build", shows: "time", calls: 3 }]);
  expect(code).toBe(0);
  const missing = scripted(
    `hello(); for (const { ID, Command } of requests()) say(Command === "put" ? { ID, DiskPath: "/x" } : { ID, Miss: true })`,
  );
  const failed = await bench(...workload, ...missing);
  expect(failed.stdout.toString()).toContain("a get of an action that was put was a miss");
  expect(failed.code).toBe(3);
  const twice = await bench(...workload, "--workload", `./${basename(trace)}`, ...reference);
  expect(twice.stderr).toContain("two traces would both be trace/a-build; give each its own file name");
  expect(twice.code).toBe(2);
});

/** So slow that hardly any delay of a busy machine makes up for it; rounds are added if one does. */
const slow = scripted(`
  hello(["get"]);
  for (const r of requests()) { Bun.sleepSync(150); say({ ID: r.ID, Miss: true }); }
`);

/** What the JSON says of a program with one figure. */
interface SavedProgram {
  readonly figures: readonly [{ readonly speed: { readonly runs: readonly number[] } }];
}

test("two programs are compared run by run; a figure slower than --max-regress allows is exit code 1", async () => {
  const compare = ["get-miss/1", "--time", "0.06", "--max-regress", "50%"];
  const lose = await bench(...compare, ...slow, "--vs", ...misses);
  expect(lose.stdout.toString()).toMatch(
    /^ {2}get-miss\/1 +0\.\d\d× +0\.\d\d to 0\.\d\d {2}slower than allowed\n\nSlower by more than 50 %: get-miss\/1\n$/m,
  );
  expect(lose.code).toBe(1);
  // Six rounds aren't enough for an alarm, so it ran more.
  expect(Number(/^(\d+) rounds /.exec(lose.stdout.toString())?.[1])).toBeGreaterThanOrEqual(8);
  const win = await bench("get-miss/1", "--json", ...twice, ...misses, "--vs", ...slow);
  const { ratios, programs, changes } = JSON.parse(win.stdout.toString());
  expect(programs).toHaveLength(2);
  // Before expect.any below, which replaces what it matches (Bun 1.4.5).
  const [ours, theirs] = programs.map(({ figures: [{ speed }] }: SavedProgram) => speed.runs);
  for (const [round, ratio] of ratios[0].runs.entries())
    expect(ratio).toBeCloseTo((ours?.[round] ?? 0) / (theirs?.[round] ?? 0), 5);
  expect(ratios).toMatchObject([{ id: "get-miss/1", runs: [expect.any(Number), expect.any(Number)] }]);
  expect(changes).toMatchObject([{ to: "program", low: null, high: null, verdict: "too few rounds" }]);
  expect(changes[0]).not.toHaveProperty("allowed");
  expect(win.code).toBe(0);
});

test("if the rounds don't show whether a figure is too slow, the exit code is 6", async () => {
  const { code, stdout, stderr } = await bench(
    "get-miss/1",
    "--markdown",
    "--max-regress=10%",
    ...twice,
    ...slow,
    "--vs",
    ...misses,
  );
  const open = "Undecided, may be slower by more than 10 %: get-miss/1. ";
  expect(stdout.toString()).toStartWith(`### cacheprogw bench\n\n${open}`);
  expect(stderr).toStartWith(`cacheprogw: ${open}`);
  expect(code).toBe(6);
});

test("programs without a common figure can't be compared", async () => {
  const puts = scripted(`hello(["put"]); for (const r of requests()) say({ ID: r.ID, DiskPath: "/x" });`);
  const { code, stderr } = await bench(
    "get-miss/1",
    "put/0B",
    "--max-regress",
    "10%",
    ...quick,
    ...misses,
    "--vs",
    ...puts,
  );
  expect(stderr).toEndWith("nothing to compare: the programs have no figure in common\n");
  expect(code).toBe(3);
});

test("without --json, stdout has tables, and stderr has notes", async () => {
  const { code, stdout, stderr } = await bench("get-miss/1", ...twice, ...misses);
  expect(stdout.toString()).toMatch(
    /^2 rounds of 10\.0 ms .*\n\n.*\n\n +median .*\n {2}get-miss\/1 .*\/s.*\n\n +p50 .*\n.* [\d,]+\n$/,
  );
  expect(stderr).toContain("cacheprogw: note: 2 rounds are too few to show how much the figures vary");
  expect(code).toBe(0);
});

test("a figure that is slower than the baseline by more than allowed is exit code 1", async () => {
  const some = ["--time", "0.06", "--runs", "6"];
  const saving = await bench("get-miss/1", "--csv", "--save", "saved.json", ...some, ...misses);
  expect(saving.stdout.toString()).toMatch(/^program,figure,.*\r\n.*,get-miss\/1,6,.*\r\n.*\r\n$/);
  const saved = JSON.parse(sandbox.read("saved.json").toString());
  const times = (factor: number) => {
    const [{ figures, ...program }] = saved.programs;
    const [{ speed, ...figure }] = figures;
    const runs = speed.runs.map((run: number) => run * factor);
    const faster = [{ ...figure, speed: { ...speed, runs } }];
    return sandbox.write(
      "other.json",
      JSON.stringify({ ...saved, programs: [{ ...program, figures: faster }] }),
    );
  };
  const against = ["get-miss/1", "--baseline", "other.json", "--max-regress", "10%", ...some, ...misses];
  times(1_000);
  const slower = await bench(...against);
  expect(slower.stdout.toString()).toMatch(
    /\n {2}get-miss\/1 .* slower than allowed\n\nSlower by more than 10 %: get-miss\/1\n$/,
  );
  expect(slower.code).toBe(1);
  times(0.001);
  const faster = await bench(...against);
  expect(faster.stdout.toString()).toMatch(/ faster\n\nNo figure is slower by more than 10 %\.\n$/);
  expect(faster.code).toBe(0);
  const other = await bench("handshake", "--baseline", "other.json", ...quick, ...misses);
  expect(other.stderr).toContain("nothing to compare: the baseline has none of these figures");
  expect(other.code).toBe(3);
});

test("a program that dies during a figure fails that figure, with its stderr, and the others are measured", async () => {
  const dies = scripted(
    `hello(); for (const r of requests()) { if (r.Command === "put") { log("it is full"); process.exit(7); } say({ ID: r.ID, Miss: true }); }`,
  );
  const { code, stdout, stderr } = await bench("get-miss/1", "get-hit/1", "put/0B", ...quick, ...dies);
  const text = stdout.toString();
  expect(text).toMatch(/^ {2}get-miss\/1 .*\/s/m);
  expect(text).toMatch(/^ {2}get-hit\/1 failed: .* exited with code 7; it wrote to stderr:\n +it is full$/m);
  expect(text).toMatch(/^ {2}put\/0B failed: .* exited with code 7/m);
  expect(stderr).toEndWith("cacheprogw: couldn't measure get-hit/1, put/0B\n");
  expect(code).toBe(3);
});

test("each start has its own sandbox, and {dir} is an empty directory in it", async () => {
  const { HOME } = sandbox.env;
  const picky = scripted(`
    const [, , , dir] = process.argv;
    if (fs.readdirSync(dir).length > 0 || process.env.HOME === "${HOME}" || process.env.GOCACHEPROG) process.exit(9);
    fs.writeFileSync(dir + "/kept", "");
    hello();
    for (const r of requests()) say({ ID: r.ID });
  `);
  const { code, stderr } = await bench("handshake", ...quick, ...picky, "{dir}");
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("exited") });
});

test("after a failed figure, the next one is measured in a new process", async () => {
  const dies = scripted(`
    hello();
    for (const r of requests()) {
      if (r.BodySize === 1024) process.exit(1);
      say({ ID: r.ID, DiskPath: "/x" });
    }
  `);
  const { code, stdout } = await bench("put/1KiB", "put/64KiB", "--json", ...quick, ...dies);
  const [{ figures }] = JSON.parse(stdout.toString()).programs;
  expect(figures).toMatchObject([
    { id: "put/1KiB", failed: expect.stringContaining("exited with code 1"), speed: null },
    { id: "put/64KiB", speed: { runs: [expect.any(Number)] } },
  ]);
  expect(code).toBe(3);
});

test("a wrong answer fails the figure; a go build is replayed with the no-op program, cold and warm", async () => {
  const hits = scripted(`
    hello();
    for (const r of requests()) say({ ID: r.ID, DiskPath: "/x", OutputID: "${"A".repeat(43)}=", Size: 1 });
  `);
  const { code, stdout } = await bench("--workload", "std", "--json", "--runs", "1", ...hits);
  const { programs, limit } = JSON.parse(stdout.toString());
  const wrong = "a get of an action that was never put was a hit";
  expect(programs[0].figures).toMatchObject([
    { id: "std/cold", failed: wrong },
    { id: "std/warm", failed: "it needs std/cold, which failed" },
  ]);
  expect(limit.figures).toMatchObject([
    { id: "std/cold", shows: "time", calls: 2_077, speed: { runs: [expect.any(Number)] } },
    { id: "std/warm", shows: "time", calls: 1_019, speed: { runs: [expect.any(Number)] } },
  ]);
  expect(code).toBe(3);
});

test("figures that need undeclared commands are skipped, and a run without any figure fails", async () => {
  const { code, stdout } = await bench("get-miss/1", "put/0B", ...quick, ...misses);
  expect(stdout.toString()).toContain("put/0B not applicable: the program doesn't declare put\n");
  expect(code).toBe(0);
  const none = await bench("put/0B", ...quick, ...misses);
  expect(none.stderr).toContain("nothing was measured: the program declares none of the commands");
  expect(none.code).toBe(3);
});

test("a program that never says hello is reported at once, the second one too: exit code 5", async () => {
  const dead = scripted(`log("no"); process.exit(3)`);
  for (const args of [dead, [...misses, "--vs", ...dead]]) {
    const { code, stdout, stderr } = await bench(...quick, ...args);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toMatch(/exited with code 3; it wrote to stderr:\n {2}no\n$/);
  }
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s ends bench in the middle of a figure, and leaves nothing behind", async (signal, code) => {
  const slow = scripted(`
    hello();
    for (const r of requests()) {
      if (r.Command === "close") break;
      await Bun.write(process.env.MARK, "");
      hang();
    }
  `);
  const pipe = `${sandbox.path}/asked-${signal}`;
  Bun.spawnSync(["mkfifo", pipe]);
  await using running = sandbox.start(["bench", "get-miss/1", ...quick, ...slow], { env: { MARK: pipe } });
  await Bun.file(pipe).text(); // until it was asked something
  running.child.kill(signal);
  expect(await running.ended()).toMatchObject({ code, stderr: "", stdout: Buffer.alloc(0) });
});

test("invalid options are refused, and nothing is started", async () => {
  const never = scripted(`log("started")`);
  const { code, stdout, stderr } = await bench("--runs", "0", ...never);
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toStartWith(`cacheprogw: option --runs is "0"; expected a number from 1 to 10000\n`);
});

test("on a terminal, a progress bar is shown, and erased at the end", async () => {
  const hungUp = Promise.withResolvers<void>();
  let raw = "";
  const child = Bun.spawn([...sandbox.command, "bench", "get-miss/1", ...twice, ...misses], {
    cwd: sandbox.cwd,
    env: { ...sandbox.env, TERM: "xterm-256color", NO_COLOR: "1" },
    terminal: {
      cols: 80,
      rows: 24,
      data: (_, bytes) => {
        raw += new TextDecoder().decode(bytes);
      },
      exit: () => hungUp.resolve(),
    },
  });
  await Promise.all([child.exited, hungUp.promise]);
  child.terminal?.close();
  expect(raw).toContain("  ░░░░░░░░░░░░░░░░░░░░   0 %  round 1 of 2  get-miss/1  no-op program");
  expect(raw).toContain("███████████████░░░░░  75 %  round 2 of 2  get-miss/1  ");
  const left = raw.split("\r\n").map((line) => line.split("\x1b[K").at(-1));
  expect(left.filter((line) => line?.includes("░"))).toEqual([]);
});
