import { describe, expect, test } from "bun:test";
import type { TraceEvent } from "../../../src/trace/events.ts";
import { Recorder } from "../../../src/trace/record/recorder.ts";
import { encodeRequest, encodeResponse } from "../../../src/wire/index.ts";

const action = new Uint8Array(32).fill(0xab);
const outputID = sha256("abcd");
const hex = { action: action.toHex(), output: outputID.toHex() };
const put = text(encodeRequest({ id: 2, command: "put", actionID: action, outputID, bodySize: 4 }));
const requests = [
  text(encodeRequest({ id: 1, command: "get", actionID: action })),
  `${put}"${btoa("abcd")}"\n`,
  text(encodeRequest({ id: 3, command: "close" })),
].join("");
const responses = [
  encodeResponse({ id: 0, knownCommands: ["get", "put", "close"] }),
  encodeResponse({ id: 1, miss: true }),
  encodeResponse({ id: 2, diskPath: "/x/y" }),
  encodeResponse({ id: 3 }),
]
  .map(text)
  .join("");

function sha256(body: string): Uint8Array {
  return Uint8Array.fromHex(Bun.SHA256.hash(body, "hex"));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** What a recorder makes of these bytes in chunks of this size, without the times. */
function record(from: "go" | "program", bytes: string | Uint8Array, size = Number.POSITIVE_INFINITY) {
  const events: Untimed[] = [];
  const recorder = new Recorder((event) => events.push(untimed(event)));
  const all = Buffer.from(bytes);
  const chunk = Math.min(size, all.length || 1);
  for (let at = 0; at < all.length; at += chunk) {
    // A copy whose memory is overwritten afterwards, as that of a reader is.
    const piece = new Uint8Array(all.subarray(at, at + chunk));
    if (from === "go") recorder.fromGo(piece, at);
    else recorder.fromProgram(piece, at);
    piece.fill(0);
  }
  if (from === "go") recorder.goEnded(0);
  else recorder.programEnded(0);
  return events;
}

/** An event without its time. */
type Untimed = Readonly<Record<string, unknown>>;

function untimed(event: TraceEvent): Untimed {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== "at"));
}

describe.each([Number.POSITIVE_INFINITY, 1, 7, 64])("in chunks of %p bytes", (size) => {
  test("requests and bodies become events", () => {
    expect(record("go", requests, size)).toEqual([
      { kind: "request", id: 1, command: "get", action: hex.action },
      { kind: "request", id: 2, command: "put", ...hex, size: 4 },
      { kind: "body", id: 2 },
      { kind: "request", id: 3, command: "close" },
      { kind: "end", of: "stdin" },
    ]);
  });

  test("responses become events", () => {
    expect(record("program", responses, size)).toEqual([
      { kind: "hello", commands: ["get", "put", "close"] },
      { kind: "response", id: 1, miss: true },
      { kind: "response", id: 2, path: "/x/y" },
      { kind: "response", id: 3 },
      { kind: "end", of: "stdout" },
    ]);
  });

  test("what is no message becomes raw, and so does all that follows", () => {
    const bytes = `${responses}what is this?\n{"ID":4}\n`;
    const events = record("program", bytes, size).slice(4);
    const raw = events.flatMap((event) => ("bytes" in event ? [event] : []));
    const whole = Buffer.concat(raw.map((event) => Buffer.from(String(event.bytes), "base64")));
    expect(whole.toString()).toBe('what is this?\n{"ID":4}\n');
    expect(raw[0]).toMatchObject({ from: "program", why: expect.stringContaining("found w") });
    expect(events.at(-1)).toEqual({ kind: "end", of: "stdout" });
  });

  test("a message without its end becomes raw", () => {
    expect(record("go", requests.slice(0, -20), size).slice(3)).toMatchObject([
      { kind: "raw", from: "go", why: expect.stringContaining("ended inside a request") },
      { kind: "end" },
    ]);
  });
});

test("a body that isn't what the put says has its own size and hash", () => {
  const wrong = `${put}"${btoa("abc")}"\n`;
  expect(record("go", wrong).slice(1)).toEqual([
    { kind: "body", id: 2, sha256: sha256("abc").toHex(), size: 3 },
    { kind: "raw", from: "go", bytes: "", length: 0, why: expect.stringContaining("BodySize of 4") },
    { kind: "end", of: "stdin" },
  ]);
});

test("a hit has all that go reads", () => {
  const hit = {
    id: 2n ** 60n,
    outputID,
    size: 4,
    time: Temporal.Instant.from("2026-11-26T10:00:00.123Z"),
    diskPath: "/x",
  };
  expect(record("program", `{"ID":0}${text(encodeResponse(hit))}`)).toEqual([
    { kind: "hello", commands: [] },
    {
      kind: "response",
      id: 2n ** 60n,
      output: hex.output,
      size: 4,
      time: "2026-11-26T10:00:00.123Z",
      path: "/x",
    },
    { kind: "end", of: "stdout" },
  ]);
});

test("raw events are bounded, and tell how much there was", () => {
  const garbage = Buffer.alloc(1_000_000, "x");
  const raw = record("program", garbage, 10_000).flatMap((event) => ("bytes" in event ? [event] : []));
  const kept = raw.map((event) => Buffer.from(String(event.bytes), "base64").length);
  expect(kept.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(64 * 1024);
  expect(raw.reduce((sum, event) => sum + Number(event.length), 0)).toBe(1_000_000);
});

test("bodies go to the sink as they pass", () => {
  const seen: string[] = [];
  const recorder = new Recorder(() => {}, {
    begin: () => seen.push("begin"),
    write: (bytes) => seen.push(text(bytes)),
    end: (sha256) => seen.push(sha256),
  });
  recorder.fromGo(Buffer.from(requests), 0);
  expect(seen).toEqual(["begin", "abcd", hex.output]);
});
