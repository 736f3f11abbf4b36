import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newAction, newBody } from "../../../src/conformance/conversation/new-entry.ts";
import { assumeClose, get, requirePut } from "../../../src/conformance/conversation/requests.ts";
import { Finding } from "../../../src/conformance/finding.ts";
import { type TraceEntry, type TraceEvent, TraceWriter } from "../../../src/conformance/peer/trace.ts";
import { Transcript } from "../../../src/conformance/peer/transcript.ts";
import { run } from "../../../src/conformance/runner/run.ts";
import { guardEachTest, temporaryDirectory } from "../../client/guard.ts";
import { emptyCache, scripted, sha256 } from "../../client/scripted.ts";
import { sampleCheck } from "../sample.ts";

guardEachTest();
const folder = temporaryDirectory();
const bytes = (text: string) => new TextEncoder().encode(text);

test("messages are traced whole, however they were split, and bodies as size and hash", () => {
  const told: TraceEvent[] = [];
  const conversation = new TraceWriter((each) => told.push(each));
  conversation.sent(bytes('{"ID":1,"Command":"put"}\n\n"AQ'));
  conversation.sent(bytes('I="\n{"ID":9223372036854775807}\n'));
  conversation.received(bytes('{"ID":1}\n{"ID"'));
  conversation.received(bytes(":2}\nno JSON\n"));
  conversation.sent(bytes('"AQID'));
  conversation.body(3, "abc");
  conversation.end();
  expect(told).toEqual([
    { direction: "to", message: { ID: 1, Command: "put" } },
    {
      direction: "to",
      body: { size: 2, sha256: Buffer.from(sha256(new Uint8Array([1, 2]))).toString("hex") },
    },
    { direction: "to", message: { ID: "9223372036854775807" } },
    { direction: "from", message: { ID: 1 } },
    { direction: "from", message: { ID: 2 } },
    { direction: "from", text: "no JSON" },
    { direction: "to", body: { size: 3, sha256: "abc" } },
    { direction: "to", body: { size: 5, sha256: Buffer.from(sha256('"AQID')).toString("hex") } },
  ]);
});

test("the transcript shows whole paths and ids, and only the start of a body", () => {
  const transcript = new Transcript();
  const path = `/${"directory/".repeat(400)}été`;
  transcript.received(bytes(`{"ID":1,"DiskPath":"${path}"}\n{"ID":2}\n`));
  transcript.sent(bytes(`{"ID":3}\n\n"${"A".repeat(1_000)}"\n`));
  expect(transcript.lines).toEqual([
    `← {"ID":1,"DiskPath":"${path}"}\\n`,
    '← {"ID":2}\\n',
    '→ {"ID":3}\\n\\n',
    `→ "${"A".repeat(39)}… (1003 bytes)`,
  ]);
});

/** Two processes, and a finding about the first. */
const check = sampleCheck("a/fails", {
  async run(context) {
    const [first, second] = [await context.start(), await context.start()];
    await requirePut(first, newAction(), newBody(1_000));
    await assumeClose(second);
    await get(first, newAction());
    throw new Finding("this", "that");
  },
});
const talkative = `log("begun"); ${emptyCache}`;

test("a trace has every message, with the check, the process and how it was started", async () => {
  const entries: TraceEntry[] = [];
  await run(scripted(talkative), { checks: [check], trace: (entry) => entries.push(entry) });
  const [greeting] = entries;
  expect(greeting).toMatchObject({ check: null, process: 1, text: "started" });
  const of = (process: number) =>
    entries.filter((entry) => entry.check === "a/fails" && entry.process === process);
  expect(of(1).map(({ direction, text, message, body }) => [direction, text ?? message ?? body])).toEqual([
    ["event", "started"],
    expect.arrayContaining(["stderr", "begun"]),
    ["from", { ID: 0, KnownCommands: ["get", "put", "close"] }],
    ["to", expect.objectContaining({ ID: 1, Command: "put", BodySize: 1_000 })],
    ["to", { size: 1_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    ["from", { ID: 1, DiskPath: "/dev/null" }],
    ["to", expect.objectContaining({ ID: 2, Command: "get" })],
    ["from", { ID: 2, Miss: true }],
    ...of(1)
      .slice(8)
      .map(() => expect.arrayContaining(["event"])),
  ]);
  expect(of(1)[0]?.start).toMatchObject({ argv: scripted(talkative), env: { HOME: expect.any(String) } });
  expect(of(2).map(({ text }) => text)).toContain("exited with code 0");
  const times = entries.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("a failed check keeps its sandbox, conversation, stderr and commands; other checks keep nothing", async () => {
  const keep = join(folder, "kept");
  const fine = sampleCheck("a/fine", { run: async (context) => void (await context.start()) });
  const other = sampleCheck("b/fine");
  const { results } = await run(scripted(talkative), { checks: [fine, check, other], keep, jobs: 2 });
  const kept = join(keep, "a/fails");
  expect(results.map((result) => result.kept)).toEqual([undefined, kept, undefined]);
  expect(readdirSync(keep)).toEqual(["a"]);
  expect(readdirSync(join(keep, "a"))).toEqual(["fails"]);
  expect(readdirSync(kept).toSorted()).toEqual([
    "command-1.sh",
    "command-2.sh",
    "conversation.jsonl",
    "finding.txt",
    "sandbox",
    "stderr-1.txt",
    "stderr-2.txt",
  ]);
  expect(readFileSync(join(kept, "stderr-1.txt"), "utf8")).toBe("begun\n");
  expect(readFileSync(join(kept, "finding.txt"), "utf8")).toContain("Actual  that");
  const lines = readFileSync(join(kept, "conversation.jsonl"), "utf8").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).check)).toEqual(lines.map(() => "a/fails"));
  const again = Bun.spawnSync(["sh", join(kept, "command-1.sh")], {
    stdin: bytes('{"ID":1,"Command":"get"}\n\n'),
  });
  expect(again.stdout.toString()).toBe(
    '{"ID":0,"KnownCommands":["get","put","close"]}\n{"ID":1,"Miss":true}\n',
  );
  expect(existsSync(join(kept, "sandbox/home"))).toBe(true);
});

test("of a retried check, only the failed attempt is kept", async () => {
  const keep = join(folder, "again");
  const left = [new Finding("an answer", "nothing", { late: true })];
  const once = sampleCheck("a/late", {
    run: async () => {
      const error = left.pop();
      if (error !== undefined) throw error;
      return undefined;
    },
  });
  const machine = {
    mark: () => ({ at: 0, idle: 0, late: 0 }),
    wasBusySince: () => true,
    room: async () => "enough" as const,
  };
  const { results } = await run(scripted(talkative), { checks: [once], keep, machine });
  expect(results[0]).toMatchObject({ verdict: "passed", kept: join(keep, "a/late") });
  expect(readdirSync(join(keep, "a"))).toEqual(["late"]);
});
