import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CacheProg } from "../../../src/index.ts";
import type { ReplayOptions } from "../../../src/trace/replay/replay.ts";
import { Replay } from "../../../src/trace/replay/replay.ts";
import { scripted } from "../../client/scripted.ts";
import { id, sha256, Traffic } from "../traffic.ts";

const folder = mkdtempSync(join(tmpdir(), "cacheprogw-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that keeps entries in memory, checks each body, and writes what it gets to stderr. */
const store = `
  hello();
  const entries = new Map();
  for (const { ID, Command, ActionID, OutputID, BodySize = 0, Body = "" } of requests()) {
    if (Command === "close") { say({ ID }); continue; }
    const bytes = Buffer.from(Body, "base64");
    const id = Buffer.from(ActionID, "base64").toString("hex");
    log(Command + " " + id + (Command === "put" ? " " + bytes.length : ""));
    if (Command === "put") {
      const right = new Bun.CryptoHasher("sha256").update(bytes).digest("base64") === OutputID && bytes.length === BodySize;
      if (right) entries.set(id, { OutputID, Size: bytes.length, DiskPath: "/dev/null" });
      say(right ? { ID, DiskPath: "/dev/null" } : { ID, Err: "a wrong body" });
    } else say(entries.has(id) ? { ID, ...entries.get(id) } : { ID, Miss: true });
  }`;

/** A build that hits one entry, misses another and puts it, with a body that it shares with the first. */
function build(): Traffic {
  const traffic = new Traffic();
  const [shared, own] = [sha256("shared"), sha256("own")];
  traffic.hit(traffic.get(id(1)), shared, 6);
  traffic.miss(traffic.get(id(2)));
  traffic.stored(traffic.put(id(2), own, 3));
  traffic.stored(traffic.put(id(3), shared, 6));
  traffic.hit(traffic.get(id(2)), own, 3);
  return traffic.end();
}

async function replayed(script: string, options: ReplayOptions & { cold?: boolean } = {}, traffic = build()) {
  const { cold, ...rest } = options;
  const replay = await Replay.load(new Blob([traffic.text]), rest);
  const log: string[] = [];
  const cache = await CacheProg.start(scripted(script), { stderr: (line) => void log.push(line) });
  try {
    const prepared = cold ? undefined : await replay.prepare(cache);
    const report = await replay.run(cache);
    return { prepared, report, log };
  } finally {
    await cache.close().catch(() => {});
  }
}

test("the requests are sent in order, with made ids and bodies that a program accepts; what hit before is put first", async () => {
  const { prepared, report, log } = await replayed(store, { seed: "a" });
  expect(prepared).toEqual({ entries: 1, bytes: 6 });
  const [ids, words] = [
    log.map((line) => line.split(" ")[1]),
    log.map((line) => line.replace(/ \w{64}/, "")),
  ];
  expect(words).toEqual(["put 6", "get", "get", "put 3", "put 6", "get"]);
  expect([ids[1], ids[3], ids[5]]).toEqual([ids[0], ids[2], ids[2]]);
  expect(ids).not.toContain(id(1));
  expect(report).toMatchObject({
    trace: "the trace",
    recorded: { gets: 3, hits: 2, misses: 1, puts: 2, bytes: 9, errors: 0, unanswered: 0 },
    replayed: { gets: 3, hits: 2, misses: 1, puts: 2, bytes: 9, errors: 0, unanswered: 0 },
    problems: [],
  });
  expect(report.recorded.latency.get.max).toBeCloseTo(0.01);
  expect(report.recorded.elapsed).toBeCloseTo(0.11);
  expect(report.replayed.busy).toBeGreaterThan(0);
  const again = await replayed(store, { seed: "a", cold: true });
  expect(again.log).toEqual(log.slice(1));
  expect(again.report).toMatchObject({ replayed: { hits: 1, misses: 2 }, problems: [] });
});

test("bodies from a folder keep the ids of their actions; an action whose body isn't there gets a made id", async () => {
  writeFileSync(join(folder, sha256("own")), "own");
  const { report, log } = await replayed(store, { bodies: folder });
  expect(report.problems).toEqual([]);
  const real = log.filter((line) => line.includes(id(2)));
  expect(real).toEqual([`get ${id(2)}`, `put ${id(2)} 3`, `get ${id(2)}`]);
  expect(log.join("\n")).not.toContain(id(1));
  expect(log.join("\n")).not.toContain(id(3));
});

test("a folder without the bodies, or with one that isn't what its name says, is refused", async () => {
  const load = (bodies: string) => Replay.load(new Blob([build().text]), { bodies });
  await expect(load(join(folder, "none"))).rejects.toThrow("none has none of the bodies of the trace");
  writeFileSync(join(folder, sha256("shared")), "other!");
  await expect(load(folder)).rejects.toThrow("doesn't have the SHA-256 that it's named by");
  rmSync(join(folder, sha256("shared")));
});

test("lost entries, other outputs and refusals are problems; commands that aren't declared are not sent", async () => {
  const wrong = sha256("another");
  const faulty = `
    hello(["get", "put", "close"]);
    let gets = 0;
    for (const { ID, Command } of requests()) {
      if (Command === "put") say({ ID, Err: "disk full" });
      else if (Command === "close") say({ ID });
      else if (gets++ === 0) say({ ID, OutputID: Buffer.from("${wrong}", "hex").toString("base64"), Size: 6, DiskPath: "/x" });
      else say({ ID, Miss: true });
    }`;
  const traffic = new Traffic();
  traffic.stored(traffic.put(id(1), sha256("a"), 6));
  traffic.hit(traffic.get(id(1)), sha256("a"), 6);
  traffic.hit(traffic.get(id(1)), sha256("a"), 6);
  const problems = (await replayed(faulty, { cold: true }, traffic)).report.problems;
  expect(problems.map(({ kind, action }) => [kind, action])).toEqual([
    ["error", id(1)],
    ["missed", id(1)],
  ]);
  expect(problems[0]?.text).toContain("disk full");

  const accepting = faulty.replace(`Err: "disk full"`, `DiskPath: "/x"`);
  const report = (await replayed(accepting, { cold: true }, traffic)).report;
  expect(report.problems.map(({ kind }) => kind)).toEqual(["wrong", "missed"]);

  const getOnly = faulty.replace(`["get", "put", "close"]`, `["get"]`);
  expect((await replayed(getOnly, { cold: true }, traffic)).report.replayed).toMatchObject({
    puts: 1,
    unanswered: 1,
  });
});

test("a program that dies ends the replay with the request at which it did", async () => {
  const dying = `hello(); for (const { ID, Command } of requests()) { if (Command === "put") process.exit(3); say({ ID, Miss: true }); }`;
  await expect(replayed(dying, { cold: true })).rejects.toThrow(
    /^request 3 of 5 of the replay: .* exited with code 3/,
  );
});

test("a program that refuses what was there before, or has no put, can't be prepared", async () => {
  const refusing = `hello(); for (const { ID, Command } of requests()) say(Command === "put" ? { ID, Err: "full" } : { ID });`;
  const entry = "entry 1 of the 1 that were there before: ";
  await expect(replayed(refusing)).rejects.toThrow(
    new RegExp(`^${entry}.* answered put with an error: full$`),
  );
  const getOnly = `hello(["get"]); for (const { ID } of requests()) say({ ID, Miss: true });`;
  await expect(replayed(getOnly)).rejects.toThrow(new RegExp(`^${entry}.* does not support put`));
});

test("options that exclude each other or are out of range are refused", async () => {
  const replay = await Replay.load(new Blob([build().text]));
  await using cache = await CacheProg.start(scripted(store), { stderr: "ignore" });
  await expect(replay.run(cache, { inFlight: 1, pace: "recorded" })).rejects.toThrow("exclude each other");
  await expect(replay.run(cache, { inFlight: 0 })).rejects.toThrow(
    "inFlight is 0; expected a positive integer",
  );
  await replay.prepare(cache);
  const report = await replay.run(cache, { inFlight: 8 });
  expect(report.problems).toEqual([]);
  const slow = build().text.replaceAll(/"t":(\d+)/g, (_, t) => `"t":${Number(t) * 100}`);
  const paced = await Replay.load(new Blob([slow]));
  await paced.prepare(cache);
  const { recorded, replayed } = await paced.run(cache, { pace: "recorded" });
  // go's own part: 4 times from a response to the next request. Without the pace it takes a fraction of it.
  expect(recorded.elapsed).toBeCloseTo(11);
  expect(replayed.elapsed).toBeGreaterThan(4);
});
