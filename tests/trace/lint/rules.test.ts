import { describe, expect, test } from "bun:test";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import type { Result } from "../../../src/conformance/report.ts";
import type { TraceEvent } from "../../../src/trace/events.ts";
import { lint } from "../../../src/trace/lint/linter.ts";
import { requirements, rules, unseen } from "../../../src/trace/lint/rules.ts";
import { id, sha256, Traffic } from "../traffic.ts";

const [output, other, nothing] = [sha256("a body"), sha256("another body"), sha256("")];
const second = 1_000_000;

/** A build with nothing wrong, which looks at as many rules as it can. */
function build(): Traffic {
  const traffic = new Traffic();
  traffic.hit(traffic.get(id(1)), other, 12);
  traffic.miss(traffic.get(id(2)));
  traffic.stored(traffic.put(id(2), output, 6));
  traffic.hit(traffic.get(id(2)), output, 6, { time: "2026-11-26T10:00:00Z" });
  traffic.stored(traffic.put(id(3), nothing, 0));
  traffic.hit(traffic.get(id(3)), nothing, 0, { time: "2026-11-26T10:00:00Z" });
  return traffic;
}

type Change = (traffic: Traffic) => unknown;

/** A build with this after it, and then its end. */
const then = (change: Change) => {
  const traffic = build();
  change(traffic);
  return traffic.end().events;
};

/** A build that ends like this. */
const ending = (change: Change, traffic = build()) => {
  change(traffic);
  return traffic.events;
};

/** Events of its own. */
const raw =
  (from: "go" | "program", text: string): Change =>
  (traffic) =>
    traffic.add({
      kind: "raw",
      from,
      bytes: Buffer.from(text).toBase64(),
      length: text.length,
      why: "go can't read it",
    });
const ends = (of: "stdin" | "stdout") => ({ kind: "end", of }) as const;
const response = (more: object) => ({ kind: "response", ...more }) as { kind: "response"; id: number };
const hello = (...commands: string[]) => new Traffic(commands);

/** Asks for an action that was put, and gets this. */
const found =
  (more: object): Change =>
  (traffic) =>
    traffic.add(response({ id: traffic.get(id(2)), ...more }));
const good = { output, size: 6, path: "/store/b", time: "2026-11-26T10:00:00Z" };

/** What breaks a rule: the events, what was expected, what came. */
type Broken = readonly [events: readonly TraceEvent[], expected: string, actual: string];

const broken: Readonly<Record<string, readonly Broken[]>> = {
  "handshake/hello": [
    [hello().end().events, "at least one command", "none"],
    [[{ kind: "response", at: 1, id: 5, miss: true }], "ID 0", "ID 5"],
    [
      [{ kind: "raw", at: 1, from: "program", bytes: "", length: 0, why: "not JSON" }],
      "a JSON object",
      "not JSON",
    ],
    [[{ kind: "end", at: 1, of: "stdout" }], "a JSON object", "the end of stdout"],
    [[{ kind: "signal", at: 31 * second, name: "SIGINT" }], "a JSON object", "nothing in 31 s"],
  ],
  "handshake/prompt": [[[{ kind: "hello", at: 1_500_000, commands: ["get"] }], "within 1,000 ms", "1500 ms"]],
  "handshake/once": [
    [then((traffic) => traffic.add({ kind: "hello", commands: ["get"] })), "one message", "a second hello"],
    [then((traffic) => traffic.add(response({ id: 0, miss: true }))), "one message", "a response with ID 0"],
  ],
  "handshake/commands": [
    [hello("get", "close").end().events, "get, put and close", "no put"],
    [hello("get", "put", "close", "get").end().events, "each command once", `["get","put","close","get"]`],
  ],
  "framing/unknown-command": [
    [
      then((traffic) =>
        traffic.add({ kind: "request", id: 99, command: "stat" }).add(response({ id: 99, miss: true })),
      ),
      `Err in the response to "stat"`,
      "none",
    ],
  ],
  "answers/once": [
    [then((traffic) => traffic.miss(1)), "one response to each request", "a second one to request 1"],
    [ending((traffic) => traffic.asks(id(9)).add(ends("stdout"))), "a response to request 7", "none"],
    [
      ending((traffic) =>
        traffic
          .asks(id(9))
          .wait(31 * second)
          .add(ends("stdin")),
      ),
      "a response to request 7",
      "none",
    ],
    [
      ending((traffic) =>
        traffic
          .asks(id(9))
          .wait(31 * second)
          .add({ kind: "signal", name: "SIGINT" }),
      ),
      "a response to request 7",
      "none",
    ],
  ],
  "answers/id": [[then((traffic) => traffic.miss(77)), "the ID of a request", "ID 77, which no request had"]],
  "answers/nothing-else": [[then(raw("program", "starting\n")), "nothing but responses", `"starting\\n"`]],
  "answers/values": [[then(raw("program", `{"ID":"1"}\n`)), "go can read", "go can't read it: "]],
  "get/miss-alone": [
    [then(found({ miss: true, path: "/x" })), "Miss: true, and neither", `"DiskPath":"/x"`],
    [then(found({ error: "no" })), "Miss: true, and neither", `"Err":"no"`],
    [then(found({})), "Miss: true, and neither", `"Miss":false`],
  ],
  "get/disk-path": [[then(found({ ...good, path: undefined })), "a DiskPath, or Miss: true", "neither"]],
  "get/output-id": [
    [then(found({ ...good, output: "ab" })), "an OutputID of 32 bytes", "1 bytes"],
    [then(found({ ...good, output: undefined })), "an OutputID of 32 bytes", "none"],
    [then(found({ ...good, output: other })), "that of the put", ""],
  ],
  "get/size": [
    [then(found({ ...good, size: 5 })), "Size 6", "Size 5"],
    [then(found({ ...good, size: undefined })), "Size 6", "Size 0"],
    [then((traffic) => traffic.hit(traffic.get(id(8)), output, 7)), "Size 6", "Size 7"],
    [then((traffic) => traffic.hit(traffic.get(id(8)), other, -7)), "the length", "Size -7"],
  ],
  "get/empty-body": [[then((traffic) => traffic.hit(traffic.get(id(3)), nothing, 5)), "Size 0", "Size 5"]],
  "time/present": [[then(found({ ...good, time: undefined })), "Time", "none"]],
  "time/of-put": [
    [
      then(found({ ...good, time: "2026-11-26T10:00:30Z" })),
      "when the put was answered",
      "2026-11-26T10:00:30Z",
    ],
    [then(found({ ...good, time: "0001-01-01T00:00:00Z" })), "a Time before", "0001-01-01T00:00:00Z"],
    [
      then(found({ ...good, time: "2026-11-26T10:00:01Z" })),
      "the same Time",
      "00Z, then 2026-11-26T10:00:01Z",
    ],
    [
      then((traffic) => traffic.hit(traffic.get(id(8)), other, 7, { time: "2026-11-27T10:00:00Z" })),
      "when the response came",
      "2026-11-27",
    ],
  ],
  "time/of-last-put": [
    [then(found({ ...good, time: "2026-11-26T09:00:00Z" })), "when it was last put", "2026-11-26T09:00:00Z"],
  ],
  "put/answer": [
    [
      then((traffic) => traffic.add(response({ id: traffic.put(id(9), output, 6), error: "full" }))),
      "without Err",
      `Err "full"`,
    ],
    [then((traffic) => traffic.stored(traffic.put(id(9), output, 6), "")), "a DiskPath", "none"],
  ],
  "put/read-back": [
    [then(found({ miss: true })), "a hit on the 6 bytes of the put", "a miss"],
    [then(found({ error: "no" })), "a hit on the 6 bytes of the put", `Err "no"`],
  ],
  "put/wrong-hash": [
    [then((traffic) => wrongPut(traffic, { sha256: other }, { path: "/x" })), "Err in the response", "none"],
  ],
  "put/wrong-size": [
    [
      then((traffic) => {
        wrongPut(traffic, { sha256: other, size: 4 }, { path: "/x" });
        traffic.hit(traffic.get(id(9)), output, 6);
      }),
      "a miss after a put of 4 bytes with another BodySize",
      "a hit",
    ],
  ],
  "file/absolute": [[then(found({ ...good, path: "store/x" })), "an absolute DiskPath", "store/x"]],
  "file/no-extension": [[then(found({ ...good, path: "/store/x.bin" })), "without an extension", "x.bin"]],
  "close/answered": [
    [ending((traffic) => traffic.closes().add(ends("stdin"))), "a response to close", "neither"],
    [
      ending((traffic) =>
        traffic
          .closes()
          .wait(31 * second)
          .add({ kind: "signal", name: "SIGINT" }),
      ),
      "a response to close",
      "neither in 31 s",
    ],
  ],
  "close/reply": [
    [ending((traffic) => traffic.closes().add(ends("stdout"))), "a response to close", "the end of stdout"],
  ],
  "close/ends": [
    [
      ending((traffic) => {
        traffic.get(id(9));
        traffic.add(response({ id: traffic.close() })).miss(7);
      }),
      "no response after that to close",
      "a response with ID 7",
    ],
  ],
  "close/no-error": [
    [
      ending((traffic) => traffic.add(response({ id: traffic.close(), error: "trim" }))),
      "without Err",
      `Err "trim"`,
    ],
  ],
  "close/earlier-requests": [
    [
      ending((traffic) => traffic.asks(id(9)).add(response({ id: traffic.close() }))),
      "all earlier requests",
      "none to request 7",
    ],
  ],
  "close/prompt": [
    [
      ending((traffic) =>
        traffic
          .add(response({ id: traffic.close() }))
          .wait(3 * second)
          .add(ends("stdout")),
      ),
      "within 2 s",
      "it came after 3.0 s",
    ],
    [
      ending((traffic) =>
        traffic
          .add(response({ id: traffic.close() }))
          .wait(3 * second)
          .add({ kind: "signal", name: "SIGINT" }),
      ),
      "within 2 s",
      "not after 3.0 s",
    ],
  ],
  "close/no-text": [
    [ending((traffic) => raw("program", "bye")(traffic.closes())), "nothing but responses", `"bye"`],
  ],
  "close/exit-code": [
    [
      ending((traffic) => traffic.add(ends("stdin")).add({ kind: "exit", code: 3 })),
      "after the end of stdin",
      "exit code 3",
    ],
    [
      ending((traffic) => traffic.closes().add({ kind: "exit", signal: "SIGKILL" })),
      "exit code 0 after close",
      "killed by SIGKILL",
    ],
  ],
  "end/answers": [
    [
      ending((traffic) => traffic.asks(id(9)).add(ends("stdin")).add(ends("stdout"))),
      "a response to request 7",
      "the end of stdout",
    ],
  ],
  "end/sigterm": [[ending(endedBy("SIGTERM", 3)), "an exit within 2 s of SIGTERM", "it came after 3.0 s"]],
  "end/sigint": [[ending(endedBy("SIGINT", 3)), "an exit within 2 s of SIGINT", "it came after 3.0 s"]],
  "environment/idle": [
    [
      ending((traffic) => traffic.wait(40 * second).add(ends("stdout"))),
      "a program that keeps running",
      "after 40 s without a request",
    ],
  ],
  "client/after-hello": [
    [[{ kind: "request", at: 1, id: 1, command: "get", action: id(1) }], "after the hello", "get before it"],
    [ending((traffic) => traffic.get(id(1)), hello("put")), "one of put", "get"],
  ],
  "client/ids": [
    [
      then((traffic) => traffic.add({ kind: "request", id: 3, command: "get", action: id(1) })),
      "an ID of its own",
      "ID 3 once more",
    ],
    [
      then((traffic) => traffic.add({ kind: "request", id: -1, command: "get", action: id(1) })),
      "at least 1",
      "ID -1",
    ],
    [
      then((traffic) => traffic.add({ kind: "request", id: 99, command: "get", action: id(1) }).miss(99)),
      "IDs from 1 to 8",
      "none is 8",
    ],
  ],
  "client/action-id": [
    [then((traffic) => traffic.miss(traffic.get("ab"))), "an ActionID of 32 bytes", "1 bytes"],
    [
      then((traffic) => traffic.add({ kind: "request", id: 7, command: "close", action: id(1) })),
      "an ActionID of 0 bytes",
      "32 bytes",
    ],
  ],
  "client/output-id": [
    [then((traffic) => traffic.stored(traffic.put(id(9), "ab", 6))), "an OutputID of 32 bytes", "1 bytes"],
    [then((traffic) => traffic.stored(traffic.put(id(9), output, 0))), nothing, output],
    [then((traffic) => wrongPut(traffic, { sha256: other }, { error: "no" })), `SHA-256 ${output}`, other],
  ],
  "client/body-size": [
    [
      then((traffic) => wrongPut(traffic, { sha256: other, size: 4 }, { error: "no" })),
      "a body of 6 bytes",
      "4 bytes",
    ],
  ],
  "client/whole-bodies": [
    [
      then((traffic) => {
        traffic.add({ kind: "request", id: 7, command: "put", action: id(9), output, size: 6 });
        traffic.add({ kind: "request", id: 8, command: "get", action: id(1) });
      }),
      "the body of put 7",
      "another request",
    ],
    [
      ending((traffic) =>
        traffic
          .add({ kind: "request", id: 7, command: "put", action: id(9), output, size: 6 })
          .add(ends("stdin")),
      ),
      "the body of put 7",
      "the end of stdin",
    ],
  ],
  "client/messages": [[then(raw("go", "x")), "a request or a body", `go can't read it: "x"`]],
  "client/close-last": [
    [ending((traffic) => traffic.asks(id(9)).close()), "all earlier requests", "1 without one"],
    [ending((traffic) => traffic.closes().get(id(9))), "nothing after close", "get 8"],
  ],
};

function wrongPut(traffic: Traffic, body: { sha256: string; size?: number }, answer: object): void {
  traffic.add({ kind: "request", id: 7, command: "put", action: id(9), output, size: 6 });
  traffic.add({ kind: "body", id: 7, ...body }).add(response({ id: 7, ...answer }));
  traffic.skipID();
}

/** A signal, after which the program ends in so many seconds. */
function endedBy(name: string, seconds: number): Change {
  return (traffic) =>
    traffic
      .add({ kind: "signal", name })
      .wait(seconds * second)
      .add({ kind: "exit", signal: name });
}

/** What keeps to a rule that a usual build doesn't show. */
const kept: Readonly<Record<string, readonly TraceEvent[]>> = {
  "framing/unknown-command": then((traffic) =>
    traffic.add({ kind: "request", id: 99, command: "stat" }).add(response({ id: 99, error: "unknown" })),
  ),
  "get/miss-alone": then(() => {}),
  "put/wrong-hash": then((traffic) => wrongPut(traffic, { sha256: other }, { error: "no" })),
  "put/wrong-size": then((traffic) => {
    wrongPut(traffic, { sha256: other, size: 4 }, { error: "no" });
    traffic.miss(traffic.get(id(9)));
  }),
  "end/answers": ending((traffic) => {
    const last = traffic.get(id(9));
    traffic.add(ends("stdin")).miss(last).add(ends("stdout"));
  }),
  "end/sigterm": ending(endedBy("SIGTERM", 1)),
  "end/sigint": ending(endedBy("SIGINT", 1)),
  "environment/idle": then((traffic) => traffic.wait(40 * second).miss(traffic.get(id(9)))),
};

test("what comes after bytes that go can't read isn't missing", async () => {
  const events = ending((traffic) => {
    traffic.asks(id(9));
    raw("program", "oops")(traffic);
    traffic.closes().add(ends("stdin")).add(ends("stdout"));
  });
  const report = await lint([new Blob([new Traces(events).text])]);
  const failed = report.results.filter(({ verdict }) => verdict === "failed");
  expect(failed.map(({ check }) => check.id)).toEqual(["answers/nothing-else", "client/close-last"]);
});

test("after a put that was refused, or whose body isn't what it says, nobody knows what its action has", async () => {
  const events = then((traffic) => {
    traffic.add(response({ id: traffic.put(id(2), other, 12), error: "full" }));
    traffic.hit(traffic.get(id(2)), output, 6);
    traffic.add({ kind: "request", id: 9, command: "put", action: id(3), output, size: 6 });
    traffic.add({ kind: "body", id: 9, sha256: other }).add(response({ id: 9, error: "no" }));
    traffic.skipID().hit(traffic.get(id(3)), nothing, 0);
    traffic.add({ kind: "request", id: 11, command: "put", action: id(3), output, size: 6 });
    traffic.add({ kind: "body", id: 11, sha256: other }).add(response({ id: 11, path: "/store/x" }));
    traffic.skipID().hit(traffic.get(id(3)), nothing, 0);
  });
  const report = await lint([new Blob([new Traces(events).text])]);
  const failed = report.results.filter(({ verdict }) => verdict === "failed");
  expect(failed.map(({ check }) => check.id)).toEqual(["put/answer", "put/wrong-hash", "client/output-id"]);
});

/** What infos report. */
const reported: Readonly<Record<string, readonly [events: readonly TraceEvent[], remark: string]>> = {
  "handshake/extra-commands": [hello("get", "put", "close", "get2").end().events, "get2"],
  "concurrency/order": [
    then((traffic) => {
      const [first, last] = [traffic.get(id(8)), traffic.get(id(9))];
      traffic.miss(last).miss(first);
    }),
    "1 of 9 responses came before that of an earlier request",
  ],
  "concurrency/behind-a-put": [
    then((traffic) => {
      const [put, first, last] = [traffic.put(id(8), output, 6), traffic.get(id(8)), traffic.get(id(9))];
      traffic.miss(last).stored(put).miss(first);
    }),
    "1 times a get was answered before an earlier put, 1 times after it",
  ],
  "client/id-order": [
    then((traffic) => traffic.add({ kind: "request", id: 99, command: "get", action: id(1) }).miss(99)),
    "1 of 8 requests came after one with a higher ID",
  ],
};

async function resultOf(rule: string, events: readonly TraceEvent[]): Promise<Result | undefined> {
  const report = await lint([new Blob([new Traces(events).text])]);
  return report.results.find(({ check }) => check.id === rule);
}

/** Events as a trace. */
class Traces extends Traffic {
  constructor(events: readonly TraceEvent[]) {
    super();
    this.events.splice(0, 1, ...events);
  }
}

describe("broken:", () => {
  const cases = Object.entries(broken).flatMap(([rule, all]) => all.map((each) => [rule, ...each] as const));
  test.each(cases)("%s", async (rule, events, expected, actual) => {
    const result = await resultOf(rule, events);
    expect(result).toMatchObject({
      verdict: "failed",
      expected: expect.stringContaining(expected),
      actual: expect.stringContaining(actual),
    });
    expect(result?.wire?.[0]).toMatch(/^· the trace, \d+\.\d{6} s after its start$/);
  });
});

test.each(Object.keys(broken))("%s isn't broken by what keeps to it", async (rule) => {
  expect(await resultOf(rule, kept[rule] ?? build().end().events)).toMatchObject({ verdict: "passed" });
});

test.each(Object.entries(reported))("%s is reported", async (rule, [events, remark]) => {
  expect(await resultOf(rule, events)).toMatchObject({ verdict: "info", remark });
});

test("each rule was tried, has a requirement, and each other check says why traffic doesn't show it", () => {
  const tried = new Set([...Object.keys(broken), ...Object.keys(reported)]);
  const untried = rules.filter(({ id: each, file }) => !tried.has(each) && file === undefined);
  expect(untried.map(({ id: each }) => each)).toEqual([]);
  expect(requirements.map(({ id: each }) => each).toSorted()).toEqual(
    rules.map(({ id: each }) => each).toSorted(),
  );
  const others = catalogue.filter((check) => !requirements.includes(check)).map((check) => check.id);
  const reasons = Object.keys(unseen);
  expect(others.filter((each) => !reasons.some((key) => each === key || each.startsWith(`${key}/`)))).toEqual(
    [],
  );
  expect(reasons.filter((key) => !others.some((each) => each === key || each.startsWith(`${key}/`)))).toEqual(
    [],
  );
});
