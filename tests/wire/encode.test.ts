import { describe, expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import vectors from "../../fixtures/vectors/requests.json";
import { ArgumentError } from "../../src/errors.ts";
import { BodyEncoder, encodeRequest, encodeResponse } from "../../src/wire/index.ts";

function hex(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Uint8Array.fromHex(text);
}

function line(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe("requests recorded from go", () => {
  for (const vector of vectors) {
    test(`${vector.name} encodes to the same bytes, however the body is chunked`, () => {
      const body = vector.body === undefined ? new Uint8Array(0) : Uint8Array.fromBase64(vector.body);
      const request = encodeRequest({
        id: vector.id,
        command: vector.command,
        actionID: hex(vector.actionID),
        outputID: hex(vector.outputID),
        bodySize: body.length,
      });
      const random = new Random(body.length);
      const cuts = [[body], ...[1, 2, 3, 7, 4096, 100_000].map((longest) => random.chunks(body, longest))];
      for (const chunks of cuts) {
        const wire: number[] = [...request];
        if (body.length > 0) {
          const encoder = new BodyEncoder();
          for (const chunk of chunks) wire.push(...encoder.push(chunk));
          wire.push(...encoder.end());
        }
        expect(Buffer.from(wire).toString("base64")).toBe(vector.wire);
      }
    });
  }
});

test("a request puts ObjectID last and keeps an ID above 2^53 exact", () => {
  const ids = { actionID: Uint8Array.of(1), outputID: Uint8Array.of(2), objectID: Uint8Array.of(3) };
  expect(line(encodeRequest({ id: 2n ** 53n + 1n, command: "put", ...ids, bodySize: 4 }))).toBe(
    '{"ID":9007199254740993,"Command":"put","ActionID":"AQ==","OutputID":"Ag==","BodySize":4,"ObjectID":"Aw=="}\n\n',
  );
});

test("a request omits empty ids and an empty body", () => {
  const none = new Uint8Array(0);
  const request = { id: 1, command: "put", actionID: none, outputID: none, objectID: none, bodySize: 0 };
  expect(line(encodeRequest(request))).toBe('{"ID":1,"Command":"put"}\n\n');
});

test.each(["-000001-12-31T23:59:59Z", "+010000-01-01T00:00:00Z"])(
  "refuses the time %s in a response: Go can't read it",
  (time) => {
    expect(() => encodeResponse({ id: 1, time: Temporal.Instant.from(time) })).toThrow(ArgumentError);
  },
);

test("a response is one line and omits zero values", () => {
  expect(line(encodeResponse({ id: 0, knownCommands: ["get", "put"] }))).toBe(
    '{"ID":0,"KnownCommands":["get","put"]}\n',
  );
  expect(line(encodeResponse({ id: 1, miss: true, err: "", size: 0, diskPath: "" }))).toBe(
    '{"ID":1,"Miss":true}\n',
  );
  const time = Temporal.Instant.from("2024-01-02T03:04:05.6Z");
  expect(line(encodeResponse({ id: 2, outputID: Uint8Array.of(1), size: 5n, time, diskPath: "/a\nb" }))).toBe(
    '{"ID":2,"OutputID":"AQ==","Size":5,"Time":"2024-01-02T03:04:05.6Z","DiskPath":"/a\\nb"}\n',
  );
});

const badIntegers: [what: string, value: number | bigint][] = [
  ["a fraction", 1.5],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["a number beyond the safe integers", 2 ** 53],
  ["a number that JavaScript prints with an exponent", 1e21],
  ["a bigint above int64", 2n ** 63n],
  ["a bigint below int64", -(2n ** 63n) - 1n],
];
test.each(badIntegers)("refuses %s as an integer in every field", (_what, value) => {
  const expectRefusal = (encode: () => Uint8Array, name: string) =>
    expect(encode).toThrow(
      new ArgumentError(`${name} is ${value}; expected a 64-bit integer (a bigint beyond 2^53)`),
    );
  expectRefusal(() => encodeResponse({ id: value }), "id");
  expectRefusal(() => encodeResponse({ id: 1, size: value }), "size");
  expectRefusal(() => encodeRequest({ id: value, command: "get" }), "id");
  if (typeof value === "number")
    expectRefusal(() => encodeRequest({ id: 1, command: "put", bodySize: value }), "bodySize");
});

test("refuses a size that is a string, as untyped callers may pass", () => {
  const response: { id: number; size: number } = JSON.parse('{"id":1,"size":"7"}');
  expect(() => encodeResponse(response)).toThrow(ArgumentError);
});

test("writes the limits of int64 and of safe integers exactly", () => {
  for (const value of [2n ** 63n - 1n, -(2n ** 63n), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1]) {
    expect(line(encodeResponse({ id: value, size: value }))).toBe(`{"ID":${value},"Size":${value}}\n`);
    expect(line(encodeRequest({ id: value, command: "get" }))).toBe(`{"ID":${value},"Command":"get"}\n\n`);
  }
});
