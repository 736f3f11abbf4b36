import { expect, test } from "bun:test";
import vectors from "../../fixtures/vectors/requests.json";
import { CacheProgError } from "../../src/errors.ts";
import { RequestDecoder } from "../../src/server/request-decoder.ts";
import type { Request } from "../../src/wire/messages.ts";
import { action, bodyOf, close, get, put, sha256 } from "./client-bytes.ts";

interface Decoded {
  readonly request: Request;
  readonly body: Buffer;
  readonly problem: string | undefined;
}

/** Decodes chunks with a fresh decoder. Overwrites each after its use, to show that the decoder keeps none. */
function decode(chunks: readonly Uint8Array[], { end = true } = {}): Decoded[] {
  const decoder = new RequestDecoder();
  const found: { request: Request; body: Uint8Array[]; problem: string | undefined; open: boolean }[] = [];
  for (const chunk of chunks) {
    const bytes = new Uint8Array(chunk);
    decoder.push(bytes);
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      const last = found.at(-1);
      if (event.kind === "request") {
        expect(last?.open ?? false).toBe(false);
        found.push({ request: event.request, body: [], problem: undefined, open: !!event.request.bodySize });
      } else if (event.kind === "body") {
        last?.body.push(event.bytes);
      } else if (last !== undefined) {
        last.problem = event.problem?.message;
        last.open = false;
      }
    }
    bytes.fill(0x21);
  }
  if (end) decoder.end();
  return found.map(({ request, body, problem }) => ({ request, body: Buffer.concat(body), problem }));
}

/** The same bytes whole, byte by byte, and split in two: at every point, or at 400 points of a long text. */
function* everySplit(text: string): Generator<Uint8Array[]> {
  const bytes = Buffer.from(text, "latin1");
  yield [bytes];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const step = bytes.length < 2000 ? 1 : Math.ceil(bytes.length / 400);
  for (let at = 1; at < bytes.length; at += step) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

function decodeEverySplit(text: string): Decoded[] {
  let first: Decoded[] | undefined;
  for (const chunks of everySplit(text)) {
    const found = decode(chunks);
    first ??= found;
    expect(Bun.deepEquals(found, first)).toBe(true);
  }
  return first ?? [];
}

const key = action("a");
const key64 = key.toBase64();

for (const vector of vectors) {
  test(`reads a request recorded from go, however it is split: ${vector.name}`, () => {
    const [found, ...rest] = decodeEverySplit(Buffer.from(vector.wire, "base64").toString("latin1"));
    const body = Buffer.from(vector.body ?? "", "base64");
    expect(rest).toEqual([]);
    expect(found?.request).toEqual({
      id: vector.id,
      command: vector.command,
      actionID: vector.actionID === undefined ? undefined : Uint8Array.fromHex(vector.actionID),
      outputID: vector.outputID === undefined ? undefined : Uint8Array.fromHex(vector.outputID),
      bodySize: body.length,
      objectID: undefined,
    });
    expect(body.equals(found?.body ?? bodyOf(1))).toBe(true);
    expect(found?.problem).toBeUndefined();
  });
}

test("reads all of go's requests one after another", () => {
  const wire = Buffer.concat(vectors.map((vector) => Buffer.from(vector.wire, "base64")));
  expect(decode([wire]).map(({ request }) => request.id)).toEqual(vectors.map(({ id }) => id));
});

test("reads requests without newlines between them, with blank lines and CRLF, and over several lines", () => {
  const one = get(1, key).trim();
  const spread = JSON.stringify(JSON.parse(get(3, key)), null, 2).replaceAll("\n", "\r\n");
  const body = `\r\n\t "AQID"`;
  const two = put(2, key, bodyOf(3)).split("\n")[0] ?? "";
  const found = decodeEverySplit(`${one}${one}\n${two}${body}${one}\r\n\r\n\n ${spread}${close(4).trim()}`);
  expect(found.map(({ request }) => request.id)).toEqual([1, 1, 2, 1, 3, 4]);
});

test("returns a request as soon as its last byte arrives", () => {
  expect(decode([Buffer.from(get(7, key).trim())], { end: false })).toHaveLength(1);
});

test("ignores unknown fields, whatever their value", () => {
  const strange = `{"Later":{"ID":9,"x":["}\\"",{"y":1e999}]},"ID":5,"Command":"get","ActionID":"${key64}","Z":null}`;
  const [found] = decodeEverySplit(strange);
  expect(found?.request).toMatchObject({ id: 5, command: "get", actionID: key });
});

test("treats a null field as absent", () => {
  const [found] = decode([Buffer.from('{"ID":1,"Command":"get","ActionID":null,"BodySize":null}\n')]);
  expect(found?.request).toMatchObject({ id: 1, actionID: undefined, bodySize: 0 });
});

test("reads ObjectID, as go wrote it before 1.24, if the OutputID is missing or empty", () => {
  const [old, both] = decodeEverySplit(
    `{"ID":1,"Command":"put","ActionID":"${key64}","ObjectID":"AQID"}\n\n{"ID":2,"Command":"put","OutputID":"BAUG","ObjectID":"AQID"}\n\n`,
  );
  expect(old?.request.outputID).toEqual(new Uint8Array([1, 2, 3]));
  expect(both?.request.outputID).toEqual(new Uint8Array([4, 5, 6]));
  const [empty] = decode([Buffer.from('{"ID":3,"Command":"put","OutputID":"","ObjectID":"AQID"}\n')]);
  expect(empty?.request.outputID).toEqual(new Uint8Array([1, 2, 3]));
});

test("keeps every id exact, up to the limits of int64", () => {
  const ids = ["5", "-3", "0", "9007199254740991", "9007199254740992", "9007199254740993"];
  ids.push("-9007199254740993", "9223372036854775807", "-9223372036854775808");
  const inside = '"Later":{"ID":9007199254740995}';
  const text = ids.map((id) => `{"ID":${id},"Command":"get",${inside}}\n\n`).join("");
  expect(decodeEverySplit(text).map(({ request }) => `${request.id}`)).toEqual(ids);
});

test("reads non-ASCII text as UTF-8", () => {
  const text = Buffer.from('{"ID":1,"Command":"gêt"}\n').toString("latin1");
  expect(decodeEverySplit(text)[0]?.request.command).toBe("gêt");
});

test("reads a body of many chunks in constant memory", () => {
  const chunk = Buffer.alloc(64 * 1024, "A");
  const times = 400;
  const size = (chunk.length * times * 3) / 4;
  const decoder = new RequestDecoder();
  const hasher = new Bun.CryptoHasher("sha256");
  let longest = 0;
  const feed = (bytes: Uint8Array) => {
    decoder.push(bytes);
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.kind !== "body") continue;
      longest = Math.max(longest, event.bytes.length);
      hasher.update(event.bytes);
    }
  };
  feed(Buffer.from(`{"ID":1,"Command":"put","BodySize":${size}}\n\n"`));
  for (let i = 0; i < times; i++) feed(chunk);
  feed(Buffer.from('"\n'));
  decoder.end();
  expect(longest).toBeLessThanOrEqual(chunk.length);
  expect(hasher.digest("hex")).toBe(sha256(new Uint8Array(size)).toHex());
});

test("decodes a body of 1 MB that comes in one chunk", () => {
  const [found] = decode([Buffer.from(put(1, key, bodyOf(1_000_000)))]);
  expect(found?.body.equals(bodyOf(1_000_000))).toBe(true);
});

test("reports a body whose length isn't its BodySize, returns at most BodySize bytes, and goes on", () => {
  const text =
    put(1, key, bodyOf(6), { bodySize: 9 }) + put(2, key, bodyOf(9), { bodySize: 4 }) + get(3, key);
  const found = decodeEverySplit(text);
  expect(found.map(({ problem }) => problem)).toEqual([
    "the body of request 1 is 6 bytes long; expected its BodySize of 9",
    "the body of request 2 is 9 bytes long; expected its BodySize of 4",
    undefined,
  ]);
  expect(found.map(({ body }) => body.length)).toEqual([6, 4, 0]);
});

test("reports an empty body whose BodySize isn't 0", () => {
  const [found] = decode([Buffer.from('{"ID":1,"Command":"put","BodySize":3}\n\n""\n')]);
  expect(found?.problem).toBe("the body of request 1 is 0 bytes long; expected its BodySize of 3");
});

const withBody = (size: number) => `{"ID":8,"Command":"put","BodySize":${size}}\n\n`;
const malformed: [name: string, text: string, message: string | RegExp][] = [
  ["text", "hello\n", '"hello\\n" was found on stdin; expected a request, which is a JSON object'],
  ["a byte order mark", '\xef\xbb\xbf{"ID":1}', /^"\\xef\\xbb\\xbf.*expected a request/],
  ["an array", "[1]", /^"\[1\]" was found on stdin; expected a request/],
  ["null", "null", '"null" was found on stdin; expected a request: it isn\'t an object'],
  ["half a JSON object", '{"ID":1,x', /^"x.*after "\{\\?"ID\\?":1,"; expected a key in double quotes$/],
  ["a comma between objects", '{"ID":1,"Command":"get"},', /^"," was found on stdin; expected a request/],
  ["no ID", '{"Command":"get"}', /^the ID of a request is missing; expected an integer of 64 bits: \{/],
  [
    "an ID in quotes",
    '{"ID":"1","Command":"get"}',
    /^the ID .* has the wrong type or is out of range; .*: \{"ID":"1"/,
  ],
  ["a fraction as ID", '{"ID":1.5,"Command":"get"}', /^the ID /],
  ["an ID beyond int64", '{"ID":9223372036854775808,"Command":"get"}', /^the ID /],
  ["an ID of 400 digits", `{"ID":${"9".repeat(400)},"Command":"get"}`, /^the ID /],
  ["no Command", '{"ID":1}', /^the Command of a request is missing; expected a string/],
  ["a number as Command", '{"ID":1,"Command":5}', /^the Command of a request has the wrong type/],
  ["an ActionID that isn't base64", '{"ID":1,"Command":"get","ActionID":"A-_="}', /^the ActionID .* base64/],
  ["a number as OutputID", '{"ID":1,"Command":"get","OutputID":5}', /^the OutputID .* base64/],
  ["a negative BodySize", '{"ID":1,"Command":"put","BodySize":-1}', /^the BodySize .* a number of bytes/],
  ["a BodySize in quotes", '{"ID":1,"Command":"put","BodySize":"1"}', /^the BodySize /],
  [
    "a body that is an object",
    `${withBody(3)}{}`,
    /^"\{\}" was found on stdin; expected the body of request 8/,
  ],
  [
    "a body that isn't base64",
    `${withBody(3)}"A!ID"`,
    /^the body of request 8, after 0 of 3 bytes: .*isn't base64/,
  ],
  [
    "a body without padding",
    `${withBody(4)}"AQIDBA"`,
    /^the body of request 8, after 3 of 4 bytes: .* fewer than four/,
  ],
  ["a request inside a body", `${withBody(9)}"AQID{"ID":9,"Command":"close"}`, /^the body of request 8/],
  ["the end of stdin inside a request", '{"ID":1,', /^stdin ended inside a request, after "\{\\?"ID\\?":1,"/],
  [
    "the end of stdin inside a body",
    `${withBody(9)}"AQID`,
    "stdin ended inside the body of request 8, after 3 of 9 bytes",
  ],
  [
    "the end of stdin before a body",
    withBody(9),
    "stdin ended inside the body of request 8, after 0 of 9 bytes",
  ],
];

for (const [name, text, message] of malformed) {
  test(`refuses ${name}, however it is split`, () => {
    for (const chunks of everySplit(text)) {
      const refusal = catching(() => decode(chunks));
      expect(refusal).toBeInstanceOf(CacheProgError);
      expect(refusal).toHaveProperty("code", "PROTOCOL_ERROR");
      // The message quotes what follows the mistake, which is known only if it came in the same chunk.
      if (chunks.length === 1) expect(refusal).toHaveProperty("message", expect.stringMatching(message));
    }
  });
}

test("throws the same error again on every later call", () => {
  const decoder = new RequestDecoder();
  decoder.push(Buffer.from(`${withBody(9)}"AQ=`));
  while (decoder.next()?.kind === "request");
  decoder.push(Buffer.from("=AQID!"));
  const refusals = [1, 2].map(() => catching(() => decoder.next()));
  expect(refusals[0]).toBeInstanceOf(CacheProgError);
  expect(refusals[1]).toBe(refusals[0]);
});

test("decodes a body into a given buffer, as many bytes as fit", () => {
  const body = bodyOf(1000);
  for (const room of [9, 12, 100, 5000]) {
    const decoder = new RequestDecoder();
    const target = new Uint8Array(room);
    const found: Uint8Array[] = [];
    for (const chunk of everySplit(put(1, key, body)).next().value ?? []) decoder.push(chunk);
    for (let event = decoder.next(target); event !== null; event = decoder.next(target)) {
      if (event.kind !== "body") continue;
      expect(event.bytes.buffer).toBe(target.buffer);
      found.push(Buffer.from(event.bytes));
    }
    expect(Buffer.concat(found).equals(body)).toBe(true);
  }
});

test("refuses invalid JSON without waiting for the end of the object", () => {
  expect(() => decode([Buffer.from('{"ID":1,"Command":get')], { end: false })).toThrow(/^"get" was found/);
});

test("refuses a request longer than 1 MiB without waiting for its end", () => {
  const decoder = new RequestDecoder();
  decoder.push(Buffer.from('{"ID":1,"Command":"'));
  expect(decoder.next()).toBeNull();
  expect(() => {
    for (let i = 0; i < 20; i++) {
      decoder.push(Buffer.alloc(64 * 1024, "x"));
      expect(decoder.next()).toBeNull();
    }
  }).toThrow("a request is longer than 1048576 bytes");
});

function catching(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
