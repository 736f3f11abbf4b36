import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { id, sha256, Traffic } from "../../trace/traffic.ts";
import { reference, Sandbox, scripted } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

const misses = scripted(
  `hello(); for (const { ID, Command } of requests()) say(Command === "put" ? { ID, DiskPath: "/x" } : { ID, Miss: true })`,
);

beforeAll(() => {
  const traffic = new Traffic();
  traffic.hit(traffic.get(id(1)), sha256("there"), 2_000);
  traffic.miss(traffic.get(id(2)));
  traffic.stored(traffic.put(id(2), sha256("new"), 5_000));
  sandbox.write("build.jsonl", traffic.end().text);
  sandbox.write("empty.jsonl", new Traffic().end().text);
  sandbox.write("broken.jsonl", `${traffic.text}{"t":5,"get":}\n`);
});

test("a build is replayed: what was there is put first, and the report is on stderr", async () => {
  const { code, stdout, stderr } = await sandbox.run(["replay", "build.jsonl", "--json", ...reference]);
  expect(stderr).toMatch(
    /^cacheprogw replay · build\.jsonl · .*\nprepared: 1 entry, 2.0 KiB\n\n +recorded +replayed\ngets +2 +2\n {2}hits +1 +1\n/,
  );
  expect(JSON.parse(stdout.toString())).toMatchObject({
    trace: "build.jsonl",
    prepared: { entries: 1, bytes: 2_000 },
    recorded: { gets: 2, hits: 1, misses: 1, puts: 1 },
    replayed: { gets: 2, hits: 1, misses: 1, puts: 1, bytes: 5_000 },
    problems: [],
  });
  expect(code).toBe(0);
});

test("a program that loses entries answers no; with --cold nothing was there", async () => {
  const lost = await sandbox.run(["replay", "build.jsonl", "--in-flight", "4", ...misses]);
  expect(lost.stderr).toContain(`an entry that is there missed (1 time)\n  get ${id(1)}\n`);
  expect(lost.code).toBe(1);
  const cold = await sandbox.run(["replay", "build.jsonl", "--cold", "--pace=recorded", ...misses]);
  expect(cold.stderr).not.toContain("prepared");
  expect(cold.code).toBe(0);
});

describe("refused:", () => {
  test.each([
    [["replay"], 2, "no trace given; expected: cacheprogw replay TRACE"],
    [["replay", "build.jsonl", "--pace", "fast"], 2, `option --pace is "fast"; expected recorded`],
    [["replay", "build.jsonl", "--pace=recorded", "--in-flight=2"], 2, "remove --in-flight"],
    [["replay", "build.jsonl", "--in-flight", "0"], 2, "expected a number from 1 to 10000"],
    [["replay", "none.jsonl"], 3, "none.jsonl can't be read"],
    [["replay", "broken.jsonl"], 3, "broken.jsonl, line 16: it isn't JSON"],
    [["replay", "empty.jsonl"], 3, "empty.jsonl has no get and no put, so there is nothing to replay"],
    [["replay", "build.jsonl", "--bodies", "."], 3, ". has none of the bodies of build.jsonl"],
  ])("%j", async (args, code, text) => {
    const outcome = await sandbox.run([...args, ...misses]);
    expect(outcome.stderr).toContain(text);
    expect(outcome.code).toBe(code);
  });
});

test("a program that dies, and Ctrl-C, end the replay", async () => {
  const dying = scripted(`hello(); for (const r of requests()) process.exit(7)`);
  const died = await sandbox.run(["replay", "build.jsonl", "--cold", ...dying]);
  expect(died.stderr).toMatch(/request 1 of 3 of the replay: .*exited with code 7/);
  expect(died.code).toBe(3);

  const silent = scripted(
    `hello(); for (const r of requests()) { await Bun.write(process.env.MARK, ""); hang(); }`,
  );
  const pipe = `${sandbox.path}/asked`;
  Bun.spawnSync(["mkfifo", pipe]);
  await using running = sandbox.start(["replay", "build.jsonl", "--cold", ...silent], {
    env: { MARK: pipe },
  });
  await Bun.file(pipe).text(); // until it was asked something
  running.child.kill("SIGINT");
  const { code, stderr } = await running.ended();
  expect(stderr).toMatch(/^cacheprogw replay · build\.jsonl · .*\n$/);
  expect(code).toBe(130);
});
