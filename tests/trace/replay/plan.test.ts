import { expect, test } from "bun:test";
import { loadPlan, planOf } from "../../../src/trace/replay/plan.ts";
import { id, start, Traffic } from "../traffic.ts";

const [one, two] = [id(1, "b"), id(2, "b")];

function planned(traffic: Traffic) {
  return planOf("t", [start, ...traffic.events]);
}

test("gets and puts are calls; close and what isn't an action are not", () => {
  const traffic = new Traffic();
  traffic.miss(traffic.get(id(1)));
  traffic.stored(traffic.put(id(1), one, 5));
  traffic.miss(traffic.get("ab")).end();
  const { calls, actions, bodies, others } = planned(traffic);
  expect(calls).toMatchObject([{ action: 0 }, { action: 0, body: { index: 0, size: 5 } }]);
  expect({ actions, bodies, others }).toEqual({
    actions: [id(1)],
    bodies: [{ sha256: one, size: 5 }],
    others: 2,
  });
});

test("a hit that the trace hasn't put was there before; a miss, and what it puts itself, was not", () => {
  const traffic = new Traffic();
  traffic.hit(traffic.get(id(1)), one, 5);
  traffic.hit(traffic.get(id(1)), one, 5);
  traffic.miss(traffic.get(id(2)));
  traffic.stored(traffic.put(id(2), two, 9));
  traffic.hit(traffic.get(id(2)), two, 9);
  traffic.stored(traffic.put(id(1), two, 9));
  traffic.hit(traffic.get(id(1)), two, 9);
  const { calls, prepared } = planned(traffic);
  expect(prepared).toEqual([{ action: 0, body: { index: 0, size: 5 } }]);
  expect(calls.map(({ finds, isPrepared }) => [finds?.index, isPrepared])).toEqual([
    [0, true],
    [0, true],
    [undefined, undefined],
    [undefined, undefined],
    [1, false],
    [undefined, undefined],
    [1, false],
  ]);
});

test("a call comes after the calls that had their response before it, whatever else there was", () => {
  const traffic = new Traffic();
  const [first, second] = [traffic.get(id(1)), traffic.get(id(2))];
  const other = traffic.get("ab");
  traffic.miss(other).miss(second);
  const third = traffic.get(id(3));
  traffic.get(id(4)); // lost
  traffic.miss(first).miss(third);
  traffic.get(id(5));
  const { recording } = planned(traffic);
  expect(recording.after).toEqual([0, 0, 1, 1, 3]);
  expect(recording.answers.map(({ call }) => call)).toEqual([1, 0, 2]);
});

test("a request in the microsecond of its response, and an id that is used again", () => {
  const { recording } = planOf("t", [
    start,
    { kind: "request", at: 5, id: 1, command: "get", action: id(1) },
    { kind: "response", at: 5, id: 1, miss: true },
    { kind: "request", at: 5, id: 2, command: "get", action: id(2) },
    { kind: "request", at: 5, id: 2, command: "get", action: id(3) },
    { kind: "response", at: 5, id: 2, miss: true },
  ]);
  expect(recording.after).toEqual([0, 1, 1]);
  expect(recording.answers.map(({ call }) => call)).toEqual([0, 2]);
});

test("a trace without gets and puts, or with an impossible body, is refused", async () => {
  await expect(loadPlan(new Blob([new Traffic().end().text]))).rejects.toThrow("nothing to replay");
  const traffic = new Traffic();
  traffic.hit(traffic.get(id(1)), one, -5);
  expect(() => planned(traffic)).toThrow("request 1 has a body of -5 bytes");
});
