import { expect, test } from "bun:test";
import type { TraceEvent } from "../../src/trace/events.ts";
import { RequestJoin } from "../../src/trace/requests.ts";

const [action, output] = ["ab".repeat(32), "0f".repeat(32)];

function join(events: readonly TraceEvent[]) {
  const requests = new RequestJoin();
  const done = events.flatMap((event) => requests.push(event) ?? []);
  return { done, lost: requests.lost() };
}

test("requests get their responses, in any order", () => {
  const { done, lost } = join([
    { kind: "request", at: 1, id: 1, command: "get", action },
    { kind: "request", at: 2, id: 2, command: "put", action, output, size: 5 },
    { kind: "body", at: 3, id: 2 },
    { kind: "response", at: 4, id: 2, path: "/x" },
    { kind: "response", at: 5, id: 1, output, size: 5, time: "t", path: "/y" },
  ]);
  expect(lost).toEqual([]);
  expect(done).toMatchObject([
    { number: 1, outcome: "stored", sent: 2, bodySent: 3, answered: 4, size: 5, sha256: output, path: "/x" },
    { number: 0, outcome: "hit", sent: 1, bodySent: 1, answered: 5, size: 5, output, path: "/y", time: "t" },
  ]);
});

test("outcomes", () => {
  const { done } = join([
    { kind: "request", at: 1, id: 1, command: "get", action },
    { kind: "response", at: 2, id: 1, miss: true },
    { kind: "request", at: 3, id: 2, command: "get", action },
    { kind: "response", at: 4, id: 2, error: "no" },
    { kind: "request", at: 5, id: 3, command: "close" },
    { kind: "response", at: 6, id: 3 },
  ]);
  expect(done.map(({ outcome }) => outcome)).toEqual(["miss", "error", "closed"]);
});

test("a request without a response is lost, at the time of the last event; so is one whose id is used again", () => {
  const { done, lost } = join([
    { kind: "request", at: 1, id: 1, command: "get", action },
    { kind: "request", at: 2, id: 1, command: "get", action },
    { kind: "exit", at: 9, code: 1 },
  ]);
  expect(done).toMatchObject([{ number: 0, outcome: "lost", answered: 2 }]);
  expect(lost).toMatchObject([{ number: 1, outcome: "lost", answered: 9 }]);
});

test("a response to nothing is ignored", () => {
  expect(join([{ kind: "response", at: 1, id: 5, miss: true }])).toEqual({ done: [], lost: [] });
});
