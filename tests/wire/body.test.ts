import { describe, expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import { BodyDecoder, BodyEncoder, CacheProgError } from "../../src/wire/index.ts";
import { chunkings } from "./chunkings.ts";

const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 49151, 49152, 49153, 65535, 65536, 65537];

function encode(chunks: Iterable<Uint8Array>): Buffer {
  const encoder = new BodyEncoder();
  const line: Buffer[] = [];
  // Copy it: what push returns is valid only until the next call.
  for (const chunk of chunks) line.push(Buffer.from(encoder.push(chunk)));
  line.push(Buffer.from(encoder.end()));
  return Buffer.concat(line);
}

function decode(chunks: Iterable<Uint8Array>): Buffer {
  const decoder = new BodyDecoder();
  const body = Array.from(chunks, (chunk) => decoder.push(chunk));
  decoder.end();
  return Buffer.concat(body);
}

/** The error that decoding throws, or undefined. */
function refusal(chunks: Iterable<Uint8Array>): unknown {
  try {
    decode(chunks);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a body", () => {
  test.each(sizes)("of %d bytes survives encoding and decoding in random chunks", (size) => {
    const random = new Random(size);
    const body = random.bytes(size);
    const line = Buffer.from(`"${body.toBase64()}"\n`);
    const longest = [1, 2, 3, 4, 5, 1000, 100_000].filter((length) => size / length < 30_000);
    for (const length of longest) {
      expect(encode(random.chunks(body, length)).equals(line)).toBe(true);
      expect(decode(random.chunks(line.subarray(1, -2), length)).equals(body)).toBe(true);
    }
  });

  test.each(Array.from({ length: 14 }, (_, size) => size))(
    "of %d bytes survives encoding and decoding whole, byte by byte and split anywhere",
    (size) => {
      const body = new Random(size).bytes(size);
      const line = Buffer.from(`"${body.toBase64()}"\n`);
      for (const { cut, chunks } of chunkings(body))
        expect({ cut, line: encode(chunks) }).toEqual({ cut, line });
      for (const { cut, chunks } of chunkings(line.subarray(1, -2)))
        expect({ cut, body: decode(chunks) }).toEqual({ cut, body: Buffer.from(body) });
    },
  );

  test("may have empty chunks anywhere", () => {
    const nothing = new Uint8Array(0);
    expect(encode([nothing, Uint8Array.of(1), nothing, Uint8Array.of(2), nothing]).toString()).toBe(
      '"AQI="\n',
    );
    expect(decode([nothing, Buffer.from("AQ"), nothing, Buffer.from("I="), nothing])).toEqual(
      Buffer.of(1, 2),
    );
  });
});

test("one encoder writes many bodies, and joins the text before a body and its closing quote to its chunks", () => {
  const encoder = new BodyEncoder();
  const random = new Random(5);
  for (const size of [1, 200_000, 2, 3_071, 3_072, 3_073, 100_000, 4]) {
    const body = random.bytes(size);
    const line = `"${body.toBase64()}"\n`;
    encoder.begin("before\n");
    expect(Buffer.from(encoder.end(body)).toString("latin1")).toBe(`before\n${line}`);
    const cut = random.below(size);
    encoder.begin("before\n");
    const first = Buffer.from(encoder.push(body.subarray(0, cut))).toString("latin1");
    const last = Buffer.from(encoder.end(body.subarray(cut))).toString("latin1");
    expect(first).toStartWith('before\n"');
    expect(first + last).toBe(`before\n${line}`);
    // A body that was never ended must not affect the next one.
    encoder.push(random.bytes(1));
  }
});

test("an incomplete group survives when the caller reuses the chunk's memory", () => {
  const [encoder, decoder] = [new BodyEncoder(), new BodyDecoder()];
  const [body, text] = [Uint8Array.of(1, 2), Buffer.from("AQI")];
  const line = Buffer.from(encoder.push(body));
  body.fill(9);
  decoder.push(text);
  text.fill(0);
  expect(Buffer.concat([line, encoder.end()]).toString()).toBe('"AQI="\n');
  expect(decoder.push(Buffer.from("="))).toEqual(Uint8Array.of(1, 2));
});

describe("invalid base64", () => {
  test.each([
    ["white space", "AQID AQI"],
    ["white space as the last character of a group", "AQIDAQI "],
    ["a line break", "AQ\nID==="],
    ["the URL alphabet", "AQ-_"],
    ["missing padding", "AQIDAQ"],
    ["only one of two padding characters", "AQ="],
    ["a group of nothing but padding", "AQID===="],
    ["a group after padding", "AQ==AQID"],
    ["a character after padding", "AQ==A"],
    ["two padded values joined", "AQIDAQ==AQI="],
    ["a byte outside ASCII", "AQI\xe9"],
  ])("is refused whole, byte by byte and split anywhere: %s", (_, text) => {
    for (const { cut, chunks } of chunkings(Buffer.from(text, "latin1"))) {
      const error = refusal(chunks);
      expect([cut, error]).toEqual([cut, expect.any(CacheProgError)]);
      expect(`${cut}: ${error}`).toContain("the body isn't base64");
    }
  });
});
