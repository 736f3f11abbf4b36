import { expect, test } from "bun:test";
import { DecodeError, ResponseDecoder } from "../../src/wire/index.ts";

/** How much longer the long stream is than the short one. Quadratic code takes the square of it. */
const factor = 4;
const length = 64 * 1024;
/** Noise only ever adds time, so the least of some rounds is the best measurement. */
const rounds = 5;

/** Inputs that take the decoder longest. The middle part is repeated to reach a length. */
const hostile: readonly { readonly name: string; readonly parts: readonly [string, string, string] }[] = [
  { name: "an error that isn't UTF-8", parts: ['{"ID":1,"Err":"', "\xff", '"}'] },
  {
    name: "an error of truncated UTF-8 sequences",
    parts: ['{"ID":1,"Err":"', "\xe2\x84A\xf0\x9f\x98", '"}'],
  },
  { name: "a path of escapes", parts: ['{"ID":1,"DiskPath":"', "\\u00e9", '"}'] },
  { name: "a path of lone surrogates", parts: ['{"ID":1,"DiskPath":"', "\\ud800", '"}'] },
  { name: "a path of backslashes", parts: ['{"ID":1,"DiskPath":"', "\\\\", '"}'] },
  { name: "a time of escapes", parts: ['{"ID":1,"Time":"', "\\u0030", '"}'] },
  { name: "base64 with line breaks", parts: ['{"ID":1,"OutputID":"', "AAAA\\n", '"}'] },
  { name: "an array of bytes", parts: ['{"ID":1,"OutputID":[0', ",255", "]}"] },
  { name: "an array whose last element isn't a byte", parts: ['{"ID":1,"OutputID":[0', ",7", ",-1]}"] },
  { name: "an array of commands", parts: ['{"ID":1,"KnownCommands":["get"', ',"\xc3\xa9"', "]}"] },
  { name: "an integer of many digits", parts: ['{"ID":1,"Size":1', "0", "}"] },
  { name: "unknown keys", parts: ['{"ID":1', ',"a":[{}]', "}"] },
  {
    name: "keys that match a field only after unescaping and folding",
    parts: ['{"ID":1', ',"\\u0064i\\u017fkpatH":0', "}"],
  },
  { name: "one field over and over", parts: ['{"ID":1', ',"err":"\\n"', "}"] },
  { name: "a key of escapes", parts: ['{"ID":1,"', "\\u004b", '":1}'] },
  {
    name: "repeated nesting",
    parts: ['{"ID":1,"x":[0', `,${"[".repeat(99)}${"]".repeat(99)}`, "]}"],
  },
  { name: "white space", parts: ['{"ID":1', " \t\r\n", "}"] },
  { name: "many responses", parts: ["", '{"ID":1,"Size":0}', ""] },
  { name: "many responses that are almost canonical", parts: ["", '{"ID":1,"DiskPath":"\\n"}', ""] },
  { name: "a response that doesn't end", parts: ['{"ID":1,"DiskPath":"', "x\xff", ""] },
];

for (const { name, parts } of hostile) {
  for (const pieces of [512, factor * length])
    test(`${name} takes linear time in chunks of ${pieces} bytes`, () => {
      const [short, long] = [stream(parts, length), stream(parts, factor * length)];
      let ratio = Number.POSITIVE_INFINITY;
      let [least, leastOfLong] = [ratio, ratio];
      // The machine may be busy: if the ratio is still too high, run more rounds.
      for (let round = 0; round < rounds || (ratio > 2 * factor && round < 2 * rounds); round++) {
        least = Math.min(least, cpuTime(short, pieces));
        leastOfLong = Math.min(leastOfLong, cpuTime(long, pieces));
        ratio = leastOfLong / least;
      }
      // Quadratic time would give 16.
      expect(ratio).toBeLessThan(2 * factor);
    });
}

function stream([first, middle, last]: readonly [string, string, string], length: number): Uint8Array {
  const times = Math.ceil((length - first.length - last.length) / middle.length);
  return Buffer.from(first + middle.repeat(times) + last, "latin1");
}

/** The CPU time that decoding a stream takes, in µs. Other processes don't count. */
function cpuTime(bytes: Uint8Array, pieces: number): number {
  const decoder = new ResponseDecoder();
  const before = process.cpuUsage();
  try {
    for (let at = 0; at < bytes.length; at += pieces) decoder.push(bytes.subarray(at, at + pieces), () => {});
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
