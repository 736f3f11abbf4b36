import { expect, test } from "bun:test";
import { Conversations } from "../../../src/cli/check/conversations.ts";
import type { TraceEntry } from "../../../src/conformance/peer/trace.ts";
import { everyVerdict, failedResult, sampleCheck, sampleReport } from "../../conformance/sample.ts";

function entry(check: string | null, time: number): TraceEntry {
  return { check, time, process: 1, direction: "from", message: { ID: time } };
}

test("a report gets the conversations of the checks that failed, and of no other", () => {
  const conversations = new Conversations();
  const results = everyVerdict();
  conversations.add(entry(null, 0));
  for (const { check } of results) conversations.add(entry(check.id, 7));
  for (const result of results) conversations.end(result);
  const told = conversations.added(sampleReport(results)).results.filter(({ conversation }) => conversation);
  expect(told.map(({ verdict }) => verdict)).toEqual(["failed", "failed", "known", "flaky", "error"]);
  expect(told[0]?.conversation).toEqual([entry("group/failed", 7)]);
});

test("of a long one the first 200 and the last messages are kept, and how many are left out is said", () => {
  const conversations = new Conversations();
  const result = failedResult(sampleCheck("long/one"));
  for (let time = 0; time < 10_000; time++) conversations.add(entry("long/one", time));
  conversations.end(result);
  const [{ conversation = [] } = result] = conversations.added(sampleReport([result])).results;
  const times = conversation.filter(({ message }) => message !== undefined).map(({ time }) => time);
  const [gap] = conversation.filter(({ text }) => text !== undefined);
  expect(times.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, time) => time));
  const last = times.slice(200);
  expect(last).toEqual(Array.from({ length: last.length }, (_, at) => 10_000 - last.length + at));
  expect(last.length).toBeWithin(800, 1_600);
  expect(gap?.text).toBe(`${10_000 - times.length} messages are left out here; --trace FILE has them`);
});
