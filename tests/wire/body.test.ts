import { describe, expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import { BodyDecoder, BodyEncoder, CacheProgError } from "../../src/wire/index.ts";
import { chunkings } from "./chunkings.ts";

const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 49151, 49152, 49153, 65535, 65536, 65537];

function encode(chunks: Iterable<Uint8Array>): Buffer {
  const encoder = new BodyEncoder();
  const line: Buffer[] = [];
  // What push gives is valid until the next call only, and so it is copied.
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

/** Why a text is refused; undefined where it is not. */
function refusal(chunks: Iterable<Uint8Array>): unknown {
  try {
    decode(chunks);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a body", () => {
  test.each(sizes)("of %d bytes is written and read the same in whatever chunks it comes", (size) => {
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
    "of %d bytes is written and read the same whole, byte by byte and cut anywhere",
    (size) => {
      const body = new Random(size).bytes(size);
      const line = Buffer.from(`"${body.toBase64()}"\n`);
      for (const { cut, chunks } of chunkings(body))
        expect({ cut, line: encode(chunks) }).toEqual({ cut, line });
      for (const { cut, chunks } of chunkings(line.subarray(1, -2)))
        expect({ cut, body: decode(chunks) }).toEqual({ cut, body: Buffer.from(body) });
    },
  );

  test("may come with chunks of nothing in between", () => {
    const nothing = new Uint8Array(0);
    expect(encode([nothing, Uint8Array.of(1), nothing, Uint8Array.of(2), nothing]).toString()).toBe(
      '"AQI="\n',
    );
    expect(decode([nothing, Buffer.from("AQ"), nothing, Buffer.from("I="), nothing])).toEqual(
      Buffer.of(1, 2),
    );
  });
});

test("bodies follow one another in the memory of one encoder, with the text before them and their end in one piece", () => {
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
    // A body that was begun and is not ended leaves nothing behind.
    encoder.push(random.bytes(1));
  }
});

test("what a chunk leaves over is kept when its owner writes over it", () => {
  const [encoder, decoder] = [new BodyEncoder(), new BodyDecoder()];
  const [body, text] = [Uint8Array.of(1, 2), Buffer.from("AQI")];
  const line = Buffer.from(encoder.push(body));
  body.fill(9);
  decoder.push(text);
  text.fill(0);
  expect(Buffer.concat([line, encoder.end()]).toString()).toBe('"AQI="\n');
  expect(decoder.push(Buffer.from("="))).toEqual(Uint8Array.of(1, 2));
});

describe("text that is no base64", () => {
  test.each([
    ["white space", "AQID AQI"],
    ["white space that fills up a group", "AQIDAQI "],
    ["a line break", "AQ\nID==="],
    ["the URL alphabet", "AQ-_"],
    ["padding that is missing", "AQIDAQ"],
    ["one of two characters of padding", "AQ="],
    ["a group of padding", "AQID===="],
    ["a group after padding", "AQ==AQID"],
    ["a character after padding", "AQ==A"],
    ["a whole group after padding and another", "AQIDAQ==AQI="],
    ["a byte beyond ASCII", "AQI\xe9"],
  ])("is refused, whole, byte by byte and cut anywhere: %s", (_, text) => {
    for (const { cut, chunks } of chunkings(Buffer.from(text, "latin1"))) {
      const error = refusal(chunks);
      expect([cut, error]).toEqual([cut, expect.any(CacheProgError)]);
      expect(`${cut}: ${error}`).toContain("the body isn't base64");
    }
  });
});
