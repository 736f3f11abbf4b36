import { describe, expect, test } from "bun:test";
import type { TraceEvent, TraceStart } from "../../../src/trace/events.ts";
import { TraceDecoder } from "../../../src/trace/format/decode.ts";
import { TraceEncoder } from "../../../src/trace/format/encode.ts";
import { readTrace } from "../../../src/trace/read.ts";

const start: TraceStart = {
  kind: "start",
  version: 1,
  time: "2026-11-26T10:00:00.123456Z",
  recorder: "cacheprogw 0.1.0",
  pid: 9,
  program: ["./cache", "--dir", "a b"],
  go: {
    pid: 7,
    command: ["go", "build", "./..."],
    directory: "/src",
    version: "go1.26.8",
    env: { GOFLAGS: "-x" },
  },
  host: { platform: "linux", arch: "x64", processors: 2, memory: 1 },
};
const action = "ab".repeat(32);
const output = "0f".repeat(32);
const path = `/home/me/.cache/store/0f/${output}-1`;

const cases: Readonly<Record<string, readonly TraceEvent[]>> = {
  hello: [{ kind: "hello", at: 1, commands: ["get", "put"] }],
  "a miss": [
    { kind: "request", at: 1, id: 1, command: "get", action },
    { kind: "response", at: 2, id: 1, miss: true },
  ],
  "a hit": [
    { kind: "request", at: 1, id: 1, command: "get", action },
    { kind: "response", at: 2, id: 1, output, size: 5, time: "2026-11-26T10:00:00Z", path },
  ],
  "a put": [
    { kind: "request", at: 1, id: 1, command: "put", action, output, size: 5 },
    { kind: "body", at: 2, id: 1 },
    { kind: "response", at: 3, id: 1, path },
  ],
  "a put with a wrong body": [
    { kind: "request", at: 1, id: 1, command: "put", action, output, size: 5 },
    { kind: "body", at: 2, id: 1, sha256: action, size: 4 },
    { kind: "response", at: 3, id: 1, error: "no" },
  ],
  "paths in several folders": [
    { kind: "response", at: 1, id: 1, path: `/a/${output}` },
    { kind: "response", at: 1, id: 2, path: "/b/x" },
    { kind: "response", at: 1, id: 3, path: `/a/${action}` },
  ],
  "paths in more forms than a trace has": Array.from({ length: 70 }, (_, at) => ({
    kind: "response" as const,
    at: 1,
    id: at,
    output,
    path: `/${at}/${output}`,
  })),
  "paths with an action and an output": [
    { kind: "request", at: 1, id: 1, command: "get", action },
    { kind: "response", at: 1, id: 1, output, path: `/a/ab/${action}/0f/${output}/${output}` },
  ],
  "odd paths": [
    { kind: "response", at: 1, id: 1, path: "/a/{output}" },
    { kind: "response", at: 1, id: 2, path: "/x" },
    { kind: "response", at: 1, id: 3, path: "relative" },
    { kind: "response", at: 1, id: 4, path: "/a/$& {action}" },
    { kind: "response", at: 1, id: 5, path: "/a/ü\n" },
  ],
  "an unknown command, and an id beyond 2^53": [
    { kind: "request", at: 1, id: 2n ** 62n, command: "stat" },
    { kind: "response", at: 2, id: 2n ** 62n, error: "unknown", size: -(2n ** 60n) },
  ],
  "what is no message": [
    { kind: "raw", at: 1, from: "program", bytes: "eyI=", length: 2, why: "not JSON" },
    { kind: "end", at: 2, of: "stdin" },
    { kind: "end", at: 2, of: "stdout" },
    { kind: "signal", at: 2, name: "SIGTERM" },
    { kind: "exit", at: 3, signal: "SIGKILL" },
  ],
  "a graph and a head": [
    { kind: "graph", at: 1, text: '[{"ID":0}]' },
    { kind: "head", at: 1, action, text: "go index v2\n/src" },
    { kind: "exit", at: 3, code: 0 },
  ],
};

async function read(text: string): Promise<TraceEvent[]> {
  return Array.fromAsync(readTrace(new Blob([text])));
}

describe("events survive a file", () => {
  test.each(Object.entries(cases))("%s", async (_, events) => {
    const encoder = new TraceEncoder();
    const text = [start, ...events].map((event) => encoder.encode(event)).join("");
    expect(await read(text)).toEqual([start, ...events]);
  });
});

test("a path is written once, without its ids", () => {
  const encoder = new TraceEncoder();
  const text = (cases["a hit"] ?? []).map((event) => encoder.encode(event)).join("");
  expect(text).toContain('{"template":1,"path":"/home/me/.cache/store/{output:2}/{output}-1"}\n');
  expect(text).toEndWith(',"path":1}\n');
  expect(text.split("\n").at(-2)?.length).toBeLessThan(140);
});

test("a line of a kind that this version doesn't know is skipped", async () => {
  expect(await read(`${new TraceEncoder().encode(start)}{"t":1,"weather":"fine"}\n`)).toEqual([start]);
});

test("a last line without its end is left out", async () => {
  expect(await read(`${new TraceEncoder().encode(start)}{"t":1,"exi`)).toEqual([start]);
});

test("a line that is cut by a chunk is read whole", async () => {
  const text = new TraceEncoder().encode({ ...start, recorder: "ü".repeat(200_000) });
  expect(await read(text)).toHaveLength(1);
});

describe("what isn't a trace is refused, with the line", () => {
  const first = new TraceEncoder().encode(start);
  test.each([
    ["", "the trace is empty; expected a trace"],
    ["hello\n", "the trace, line 1: it isn't JSON: "],
    ["[]\n", "the trace, line 1: it isn't a JSON object"],
    ['{"t":1}\n', "the trace, line 1: it doesn't begin as a trace does"],
    ['{"cacheprogw":2}\n', "the trace, line 1: it has version 2 of the format; expected version 1"],
    [
      first.replace(start.time, "noon"),
      'the trace, line 1: "time" is "noon"; expected a time as in RFC 3339',
    ],
    [`${first}{"t":"1","exit":0}\n`, 'the trace, line 2: "t" is "1"; expected a number'],
    [`${first}{"t":1,"get":1.5}\n`, 'the trace, line 2: "get" is 1.5; expected an integer'],
    [`${first}{"t":1,"get":1,"action":"?"}\n`, 'the trace, line 2: "action" is "?"; expected base64'],
    [`${first}{"t":1,"end":"x"}\n`, 'the trace, line 2: "end" is "x"; expected stdin or stdout'],
    [`${first}{"t":1,"response":1,"path":1}\n`, "the trace, line 2: the template 1 of a path isn't known"],
    [`${first}{"t":1,"graph":"AAAA"}\n`, "the trace, line 2: its action graph can't be decompressed: "],
  ])("%j", async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: "BAD_TRACE",
      message: expect.stringContaining(message),
    });
  });

  test("a file that doesn't exist", async () => {
    await expect(Array.fromAsync(readTrace("/nowhere/x"))).rejects.toMatchObject({ code: "BAD_TRACE" });
  });
});

test("an action graph that would fill the memory is refused", async () => {
  const zeros = Bun.zstdCompressSync(new Uint8Array(48 * 1024 * 1024));
  const graph = Buffer.concat([zeros, zeros, zeros]).toString("base64");
  const text = `${new TraceEncoder().encode(start)}{"t":1,"graph":"${graph}"}\n`;
  await expect(read(text)).rejects.toMatchObject({ code: "BAD_TRACE" });
});

test("a decoder takes lines one by one", () => {
  const decoder = new TraceDecoder();
  expect(decoder.decode(new TraceEncoder().encode(start))).toEqual(start);
});
