import { describe, expect, test } from "bun:test";
import { vectors, vectorValues, versionsThatRefuse } from "../../fixtures/decode-vectors.ts";
import { decodeChunks, type Value } from "../../fixtures/go-decoder.ts";
import { Random } from "../../fixtures/random.ts";
import { ArgumentError, CacheProgError } from "../../src/errors.ts";
import { DecodeError, encodeResponse, type Response, ResponseDecoder } from "../../src/wire/index.ts";
import { chunkings } from "./chunkings.ts";

const id32 = new Uint8Array(32).fill(0xab);
const hit = `{"ID":7,"OutputID":"${id32.toBase64()}","Size":5,"Time":"2024-01-02T03:04:05.000000006Z","DiskPath":"/a/b"}`;

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Decodes a stream. Fails if the result depends on how the stream is chunked. */
function decode(text: string, everyCut = true): readonly Value[] {
  const whole = decodeChunks([bytes(text)]);
  expect(whole.error).toBe("");
  if (everyCut)
    for (const { cut, chunks } of chunkings(bytes(text)))
      expect({ cut, ...decodeChunks(chunks) }).toEqual({ cut, ...whole });
  return whole.values;
}

/** The error that refuses a stream. Fails if any chunking is accepted. */
function refusal(text: string): string {
  for (const { cut, chunks } of chunkings(bytes(text)))
    expect([cut, decodeChunks(chunks).error]).not.toEqual([cut, ""]);
  return decodeChunks([bytes(text)]).error;
}

/** The responses that end in a chunk. */
function push(decoder: ResponseDecoder, chunk: Uint8Array): Response[] {
  const responses: Response[] = [];
  decoder.push(chunk, (response) => responses.push(response));
  return responses;
}

function failure(run: () => unknown): DecodeError {
  try {
    run();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("streams recorded from Go's decoder", () => {
  for (const [index, vector] of vectors.entries()) {
    const stream = Buffer.from(vector.input, "base64");
    const expected = vectorValues(vector);
    const name = `#${index} ${JSON.stringify(stream.toString("latin1").slice(0, 60))}`;
    test(`${name} decodes the same, whole, byte by byte and split anywhere`, () => {
      // Two streams are nested 10,000 levels deep: trying all 20,000 splits of them shows nothing new.
      const cuts = stream.length < 2_000 ? chunkings(stream) : [...chunkings(stream).take(2)];
      for (const { cut, chunks } of cuts) {
        const { values, error, versions } = decodeChunks(chunks);
        expect({ cut, values, refused: error !== "", versions }).toEqual({
          cut,
          values: expected,
          refused: "fatal" in vector,
          versions: versionsThatRefuse(vector),
        });
      }
    });
  }
});

describe("framing", () => {
  test("returns a response as soon as its last byte arrives", () => {
    const decoder = new ResponseDecoder();
    expect(push(decoder, bytes(hit.slice(0, -1)))).toEqual([]);
    expect(push(decoder, bytes("}"))).toMatchObject([{ id: 7, diskPath: "/a/b" }]);
  });

  test("keeps no chunk, so the caller may reuse its memory", () => {
    const decoder = new ResponseDecoder();
    const chunk = bytes(hit);
    push(decoder, chunk.subarray(0, 90));
    chunk.fill(0, 0, 90);
    const [response] = push(decoder, chunk.subarray(90));
    chunk.fill(0);
    expect(response?.diskPath).toBe("/a/b");
    expect(response?.outputID).toEqual(id32);
  });

  test("reads canonical and other responses in any order", () => {
    const values = decode(`${hit}\n{ "ID" : 8 }{"ID":9,"Miss":true}\n\nnull{"Err":"x"}${hit}`);
    expect(values.map(({ id }) => id)).toEqual(["7", "8", "9", "0", "0", "7"]);
  });

  test("reads a path of 16 MiB in chunks of 512 bytes in linear time", () => {
    const stream = bytes(`{"ID":1,"DiskPath":"${"x".repeat(16 * 1024 * 1024)}"}`);
    const decoder = new ResponseDecoder({ maxBytes: 2 ** 30 });
    const start = Bun.nanoseconds();
    const values: Response[] = [];
    for (let at = 0; at < stream.length; at += 512)
      values.push(...push(decoder, stream.subarray(at, at + 512)));
    expect(values[0]?.diskPath).toHaveLength(16 * 1024 * 1024);
    // It takes 0.25 s. Rescanning or copying everything at each chunk would touch 256 GiB.
    expect((Bun.nanoseconds() - start) / 1e9).toBeLessThan(10);
  });
});

describe("values that are easy to get wrong", () => {
  const field = (text: string) => decode(`{${text}}`, text.length < 500)[0];

  test.each([
    ["9007199254740991", 9007199254740991],
    ["-9007199254740991", -9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["-9223372036854775808", -9223372036854775808n],
    ["-0", 0],
  ])("reads the ID %s exactly", (literal, value) => {
    const [response] = push(new ResponseDecoder(), bytes(`{"ID":${literal},"Size":${literal}}`));
    expect(response?.id).toBe(value);
    expect(response?.size).toBe(value);
  });

  test.each([
    "9223372036854775808",
    "-9223372036854775809",
    "1.0",
    "1e0",
    "1E2",
    '"1"',
    "true",
    "[]",
    "9".repeat(400),
  ])("refuses the ID %s", (literal) => {
    expect(refusal(`{"ID":${literal}}`)).toContain("an integer of 64 bits for ID");
  });

  test("accepts keys in any case, with escapes, and with U+017F and U+212A for s and k", () => {
    expect(
      field('"iD":1,"\xc5\xbfiZe":2,"dis\xe2\x84\xaapath":"p","\\u004diss":true,"Err":"e"'),
    ).toMatchObject({
      id: "1",
      size: "2",
      diskPath: "p",
      miss: true,
      err: "e",
    });
  });

  test("accepts a key in which every letter is an escape", () => {
    const escaped = Array.from("knownCommands", (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join(
      "",
    );
    expect(field(`"${escaped}":["get"]`)?.knownCommands).toEqual(["get"]);
  });

  test("ignores a key that matches a field only by JavaScript's case rules", () => {
    // U+0130 lowercases to a string that starts with i, and U+0131 uppercases to I.
    expect(field('"\xc4\xb0D":1,"\xc4\xb1D":1,"S\xc4\xb1ze":1,"__proto__":{"ID":1},"ID\\u0000":1')?.id).toBe(
      "0",
    );
  });

  test("null keeps the value of a scalar field and clears arrays, OutputID and Time", () => {
    const all = `"ID":1,"Err":"e","KnownCommands":["a"],"Miss":true,"OutputID":"AQI=","Size":2,"Time":"2024-01-02T03:04:05Z","DiskPath":"p"`;
    const nulls = all.replace(/:("[^"]*"|\[.*?\]|\w+)/g, ":null");
    expect(field(`${all},${nulls}`)).toEqual({
      id: "1",
      err: "e",
      knownCommands: [],
      miss: true,
      outputID: "",
      size: "2",
      time: "",
      diskPath: "p",
    });
  });

  test.each([
    ['"KnownCommands":["a","b"],"KnownCommands":["c"]', ["c"]],
    ['"KnownCommands":["a","b"],"knowncommands":[null,"c"]', ["a", "c"]],
    [
      '"KnownCommands":["a","b","c"],"KnownCommands":["x"],"KnownCommands":[null,null,null,null]',
      ["x", "b", "c", ""],
    ],
    ['"KnownCommands":["a","b"],"KnownCommands":[],"KnownCommands":[null,null]', ["", ""]],
    ['"KnownCommands":["a","b"],"KnownCommands":null,"KnownCommands":[null]', [""]],
  ])(
    "a null in an array keeps the element that an earlier array had there, as in Go: %s",
    (text, commands) => {
      expect(field(text)?.knownCommands).toEqual(commands);
    },
  );

  test.each([
    ['"OutputID":[1,2,255,null]', "0102ff00"],
    ['"OutputID":"AQID","OutputID":[9],"OutputID":[null,null,7,null]', "09020700"],
    ['"OutputID":[1,2],"OutputID":"","OutputID":[null,null,null]', "010200"],
    ['"OutputID":[1,2],"OutputID":null,"OutputID":[null]', "00"],
    ['"OutputID":[1,2],"OutputID":[],"OutputID":[null]', "00"],
    ['"OutputID":[1,2,3],"OutputID":"CQ=="', "09"],
    ['"OutputID":"CQ==","OutputID":"AQID","OutputID":[null,null]', "0102"],
    ['"OutputID":"AQ\\r\\nJ\\u000a="', "0102"],
    ['"OutputID":"\\/\\u002b8="', "ffef"],
    ['"OutputID":"AQ=="', "01"],
    ['"OutputID":""', ""],
  ])("reads the OutputID of %s as Go does", (text, hex) => {
    expect(field(text)?.outputID).toBe(hex);
  });

  test.each([
    '"AQI"',
    '"AQI= "',
    '" AQI="',
    '"AQ I"',
    '"A-_="',
    '"AQI=="',
    '"AQI=AQI="',
    '"="',
    "[256]",
    "[-0]",
    "[1.0]",
    '["1"]',
    "{}",
  ])("refuses the OutputID %s", (literal) => {
    expect(refusal(`{"ID":1,"OutputID":${literal}}`)).toContain("for OutputID");
  });

  test("replaces each invalid UTF-8 byte and each lone surrogate with U+FFFD", () => {
    const path = field(
      '"DiskPath":"\xe2\x82|\xff|\xed\xa0\x80|\xf4\x90\x80\x80|\xc0\xaf|\\ud800\\ud83d\\ude00\\udc00|\xf0\x9f\x98\x80|\xef\xbb\xbf"',
    );
    expect(path?.diskPath).toBe(
      "\ufffd\ufffd|\ufffd|\ufffd\ufffd\ufffd|\ufffd\ufffd\ufffd\ufffd|\ufffd\ufffd|\ufffd😀\ufffd|😀|\ufeff",
    );
  });

  test("reads 10,000 levels of nesting and refuses the next bracket", () => {
    const nested = (depth: number) => `{"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(field(nested(9_999).slice(1, -1))?.id).toBe("0");
    const decoder = new ResponseDecoder();
    push(decoder, bytes(nested(10_000).slice(0, 5 + 9_999)));
    expect(() => push(decoder, bytes("["))).toThrow("nesting of at most 10000 levels");
  });
});

describe("a refusal", () => {
  test.each([
    ["2024/01/02 starting", 1, "at byte 0, found 2024/01/02 starting; expected a JSON object"],
    ['{"ID":1}\n[1]', 10, "at byte 9"],
    ['{"ID":1,}', 9, 'at byte 8, found }; expected a key in double quotes, after {"ID":1,'],
    ["{'ID':1}", 2, "expected a key in double quotes or }"],
    ['{"ID" 1}', 7, "expected a colon after the key"],
    ['{"ID":01}', 8, "expected a comma or the end of the object or array"],
    ['{"ID":-01}', 9, "expected a comma or the end of the object or array"],
    ['{"ID":-x}', 8, "expected a digit after the minus"],
    ['{"a":1.}', 8, "expected a digit after the decimal point"],
    ['{"a":1e+}', 9, "expected a digit in the exponent"],
    ['{"a":nil}', 7, "expected true, false or null"],
    ['{"a":"\\x"}', 8, "expected one of the escapes of JSON"],
    ['{"a":"\\u12g4"}', 11, "expected four hexadecimal digits"],
    ['{"a":"b\nc"}', 8, 'found \\nc"}; expected no control character in a string, after {"a":"b'],
    ['{"a":[1}', 8, "expected a comma or the end of the object or array"],
    ["\xc2\xa0{}", 1, "found \\xc2\\xa0{}; expected"],
  ])("of %j comes at byte %d, without waiting for the rest", (text, length, message) => {
    const decoder = new ResponseDecoder();
    for (let at = 0; at < length - 1; at++) push(decoder, bytes(text).subarray(at, at + 1));
    const last = bytes(text).subarray(length - 1, length);
    expect(() => push(decoder, last)).toThrow(DecodeError);
    expect(refusal(text)).toContain(message);
  });

  test("of a field names the field, the position and what was found", () => {
    expect(refusal('{"ID":1}{"ID":2,"Miss":"true"}')).toBe(
      'at byte 23, found "true"; expected true or false for Miss, after {"ID":2,"Miss":',
    );
    expect(refusal('{"Time":"2024-02-30T00:00:00Z"}')).toContain('found "2024-02-30T00:00:00Z"; expected');
    expect(refusal('{"KnownCommands":["get", 5]}')).toContain(
      "at byte 25, found 5; expected an array of strings for KnownCommands, after",
    );
  });

  test.each(["T\\u0030\\u0033:04:05Z", "T03:04:05\\u005a"])(
    "of a Time with an escape says which versions of Go refuse it: %s",
    (time) => {
      const error = failure(() => push(new ResponseDecoder(), bytes(`{"Time":"2024-01-02${time}"}`)));
      expect(error.versions).toBe("go1.24 to go1.26");
      expect(error.message).toContain("without escapes for Time");
      expect(error.message).toEndWith("(go1.24 to go1.26 refuse it, other versions don't)");
    },
  );

  test("doesn't mention versions if every version of Go refuses the input", () => {
    const error = failure(() => push(new ResponseDecoder(), bytes('{"Time":"2024-01-02\\u005a"}')));
    expect(error.versions).toBeUndefined();
    expect(error.message).not.toContain("go1.");
  });

  test("comes after the responses before it in the same chunk", () => {
    const decoder = new ResponseDecoder();
    push(decoder, bytes('{"ID":1}{"ID'));
    const ids: Response["id"][] = [];
    const error = failure(() => decoder.push(bytes('":2}{"ID":3}x{"ID":4}'), ({ id }) => ids.push(id)));
    expect(ids).toEqual([2, 3]);
    expect(error).toBeInstanceOf(CacheProgError);
    expect(error.code).toBe("PROTOCOL_ERROR");
  });

  test("is final: every later call throws the same error", () => {
    const decoder = new ResponseDecoder();
    const error = failure(() => push(decoder, bytes("x")));
    expect(failure(() => push(decoder, bytes('{"ID":1}')))).toBe(error);
    expect(failure(() => decoder.end())).toBe(error);
  });
});

describe("end()", () => {
  test.each(["", "\n", hit, `${hit}\n \t\r\n`, "null"])("succeeds after %j", (text) => {
    decode(text);
  });

  test.each(["{", '{"ID":1', '{"ID":1,"Err":"x', "nul", hit.slice(0, -1)])("throws inside %j", (text) => {
    expect(refusal(`{"ID":1}\n${text}`)).toContain("inside the response that began at byte 9");
  });

  test("throws the same error when called again", () => {
    const decoder = new ResponseDecoder();
    push(decoder, bytes("{"));
    const error = failure(() => decoder.end());
    expect(failure(() => decoder.end())).toBe(error);
  });
});

describe("maxBytes", () => {
  test("accepts a response of exactly that size, canonical or not", () => {
    for (const text of [hit, hit.replace(":", ": ")]) {
      for (const { chunks } of chunkings(bytes(`\n${text}\n${text}`))) {
        const decoder = new ResponseDecoder({ maxBytes: text.length });
        expect(chunks.flatMap((chunk) => push(decoder, chunk))).toHaveLength(2);
      }
    }
  });

  test("refuses one byte more, canonical or not, however it is chunked", () => {
    for (const text of [hit, hit.replace(":", ": ")]) {
      for (const { chunks } of chunkings(bytes(text))) {
        const decoder = new ResponseDecoder({ maxBytes: text.length - 1 });
        expect(() => chunks.map((chunk) => push(decoder, chunk))).toThrow(
          `longer than ${text.length - 1} bytes`,
        );
      }
    }
  });

  test("refuses an incomplete response that is already too long", () => {
    const decoder = new ResponseDecoder({ maxBytes: 10 });
    push(decoder, bytes('{"Err":"x'));
    expect(failure(() => push(decoder, bytes("x"))).message).toBe(
      'the response that began at byte 0 is longer than 10 bytes, the most it may have: {"Err":"xx',
    );
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])("can't be %d", (maxBytes) => {
    expect(() => new ResponseDecoder({ maxBytes })).toThrow(ArgumentError);
  });
});

describe("the output of encodeResponse", () => {
  const random = new Random(4);
  const time = Temporal.Instant.from("1969-12-31T23:59:59.000000001Z");
  const responses: Response[] = [
    {
      id: 0,
      err: "",
      knownCommands: ["get", "put", "close"],
      miss: false,
      outputID: new Uint8Array(0),
      size: 0,
      time: undefined,
      diskPath: "",
    },
    {
      id: 1,
      err: "",
      knownCommands: [],
      miss: true,
      outputID: new Uint8Array(0),
      size: 0,
      time: undefined,
      diskPath: "",
    },
    {
      id: 2n ** 62n,
      err: 'a "b"\n<\u2028>\\',
      knownCommands: [],
      miss: false,
      outputID: random.bytes(32),
      size: -(2n ** 63n),
      time,
      diskPath: "/é/😀 x",
    },
    {
      id: 2 ** 53 - 1,
      err: "",
      knownCommands: [],
      miss: false,
      outputID: random.bytes(31),
      size: 2 ** 53 - 1,
      time,
      diskPath: "/a",
    },
  ];

  test("decodes to the same response", () => {
    for (const response of responses) {
      for (const { chunks } of chunkings(encodeResponse(response))) {
        const decoder = new ResponseDecoder();
        expect(chunks.flatMap((chunk) => push(decoder, chunk))).toEqual([response]);
      }
    }
  });
});

test("accepts 4 MiB of a response by default and refuses the next byte, whatever the bytes are", () => {
  const most = 4 * 1024 * 1024;
  for (const filler of ["x", "\xff", '",', "0,"]) {
    const head =
      filler === '",' ? '{"KnownCommands":["' : filler === "0," ? '{"OutputID":[' : '{"DiskPath":"';
    const text = head + filler.repeat(most / filler.length);
    const decoder = new ResponseDecoder();
    expect(push(decoder, Buffer.from(text.slice(0, most - 1), "latin1"))).toEqual([]);
    expect(() => push(decoder, Buffer.from(text.slice(most - 1, most + 1), "latin1"))).toThrow(
      "longer than 4194304 bytes",
    );
  }
});
