import { expect, test } from "bun:test";
import { DecodeError, ResponseDecoder } from "../../src/wire/index.ts";

/** How much longer a stream is than another. What looks back at all that came takes the square of it. */
const factor = 4;
const length = 64 * 1024;
/** What else is counted with a stream makes its time longer, and nothing makes it shorter: the least of some is it. */
const rounds = 5;

/** What takes the decoder longest: `middle` over and over, to a length. */
const hostile: readonly { readonly name: string; readonly parts: readonly [string, string, string] }[] = [
  { name: "an error that isn't UTF-8", parts: ['{"ID":1,"Err":"', "\xff", '"}'] },
  { name: "an error of sequences that end early", parts: ['{"ID":1,"Err":"', "\xe2\x84A\xf0\x9f\x98", '"}'] },
  { name: "a path of escapes", parts: ['{"ID":1,"DiskPath":"', "\\u00e9", '"}'] },
  { name: "a path of halves of surrogate pairs", parts: ['{"ID":1,"DiskPath":"', "\\ud800", '"}'] },
  { name: "a path of backslashes", parts: ['{"ID":1,"DiskPath":"', "\\\\", '"}'] },
  { name: "a time of escapes", parts: ['{"ID":1,"Time":"', "\\u0030", '"}'] },
  { name: "base64 with line breaks", parts: ['{"ID":1,"OutputID":"', "AAAA\\n", '"}'] },
  { name: "an array of bytes", parts: ['{"ID":1,"OutputID":[0', ",255", "]}"] },
  { name: "an array that is no array of bytes at its end", parts: ['{"ID":1,"OutputID":[0', ",7", ",-1]}"] },
  { name: "an array of commands", parts: ['{"ID":1,"KnownCommands":["get"', ',"\xc3\xa9"', "]}"] },
  { name: "an integer of many digits", parts: ['{"ID":1,"Size":1', "0", "}"] },
  { name: "keys that are no fields", parts: ['{"ID":1', ',"a":[{}]', "}"] },
  { name: "keys that are nearly fields", parts: ['{"ID":1', ',"\\u0064i\\u017fkpatH":0', "}"] },
  { name: "one field over and over", parts: ['{"ID":1', ',"err":"\\n"', "}"] },
  { name: "a key of escapes", parts: ['{"ID":1,"', "\\u004b", '":1}'] },
  {
    name: "levels that open and close",
    parts: ['{"ID":1,"x":[0', `,${"[".repeat(99)}${"]".repeat(99)}`, "]}"],
  },
  { name: "white space", parts: ['{"ID":1', " \t\r\n", "}"] },
  { name: "many responses", parts: ["", '{"ID":1,"Size":0}', ""] },
  { name: "many responses that are nearly canonical", parts: ["", '{"ID":1,"DiskPath":"\\n"}', ""] },
  { name: "a response that doesn't end", parts: ['{"ID":1,"DiskPath":"', "x\xff", ""] },
];

for (const { name, parts } of hostile) {
  for (const pieces of [512, factor * length])
    test(`${name} takes time in proportion to its length, in pieces of ${pieces} bytes`, () => {
      const [short, long] = [stream(parts, length), stream(parts, factor * length)];
      let ratio = Number.POSITIVE_INFINITY;
      let [least, leastOfLong] = [ratio, ratio];
      // What is too long after so many rounds gets more of them, on a machine that is busy.
      for (let round = 0; round < rounds || (ratio > 2 * factor && round < 2 * rounds); round++) {
        least = Math.min(least, cpuTime(short, pieces));
        leastOfLong = Math.min(leastOfLong, cpuTime(long, pieces));
        ratio = leastOfLong / least;
      }
      // A square would make it 16.
      expect(ratio).toBeLessThan(2 * factor);
    });
}

function stream([first, middle, last]: readonly [string, string, string], length: number): Uint8Array {
  const times = Math.ceil((length - first.length - last.length) / middle.length);
  return Buffer.from(first + middle.repeat(times) + last, "latin1");
}

/** How much of a processor it takes to decode a stream, in µs: what other programs do meanwhile is not counted. */
function cpuTime(bytes: Uint8Array, pieces: number): number {
  const decoder = new ResponseDecoder();
  const before = process.cpuUsage();
  try {
    for (let at = 0; at < bytes.length; at += pieces) decoder.push(bytes.subarray(at, at + pieces));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
