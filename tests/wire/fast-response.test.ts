import { expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import { FastReader } from "../../src/wire/fast-response.ts";
import { Scanner } from "../../src/wire/json/scanner.ts";
import { readResponse } from "../../src/wire/response.ts";

const parts = {
  miss: ["", ',"Miss":true'],
  output: ["", `,"OutputID":"${Uint8Array.from({ length: 32 }, (_, at) => at * 9).toBase64()}"`],
  size: ["", ',"Size":0', ',"Size":999999999999999'],
  time: ["", ',"Time":"2024-01-02T03:04:05.6Z"', ',"Time":"2024-01-02T3:04:05.6+24:00"'],
  path: ["", ',"DiskPath":""', ',"DiskPath":"/a b/~[]{}\x7f"'],
};

/** Every canonical line that can be made from the parts above. */
function* lines(): Generator<string> {
  for (const miss of parts.miss)
    for (const output of parts.output)
      for (const size of parts.size)
        for (const time of parts.time)
          for (const path of parts.path) yield `{"ID":42${miss}${output}${size}${time}${path}}`;
}

function short(text: string, at = 0) {
  const reader = new FastReader(Buffer.from(text, "latin1"));
  const response = reader.read(at);
  return response && { response, end: reader.end };
}

test("the fast path reads every canonical line and agrees with the full parser", () => {
  for (const line of lines()) {
    const found = short(`\n${line}\n`, 1);
    expect([line, found?.end]).toEqual([line, 1 + line.length]);
    expect([line, found?.response]).toEqual([line, readResponse(Buffer.from(line, "latin1"))]);
  }
});

/** Characters that are likely to leave a damaged line readable. */
const plausible: readonly [string, ...string[]] = ["0", ...'19aZT:.,+-/={}"\\ '];

test("if the fast path reads a damaged line, it agrees with the full parser", () => {
  const random = new Random(7);
  let taken = 0;
  for (let round = 0; round < 40; round++) {
    for (const line of lines()) {
      const at = random.below(line.length);
      const inserted = random.percent(80) ? random.pick(plausible) : String.fromCharCode(random.below(256));
      const damaged = line.slice(0, at) + inserted + line.slice(at + random.below(2));
      const found = short(damaged);
      if (found === undefined) continue;
      taken++;
      expect([damaged, new Scanner().scan(Buffer.from(damaged, "latin1"), 0, damaged.length)]).toEqual([
        damaged,
        found.end,
      ]);
      expect([damaged, found.response]).toEqual([
        damaged,
        readResponse(Buffer.from(damaged, "latin1").subarray(0, found.end)),
      ]);
    }
  }
  expect(taken).toBeGreaterThan(300);
});

test.each([
  '{"ID":01}',
  '{"ID":1.0}',
  '{"ID":9007199254740993}',
  '{"ID": 1}',
  '{"id":1}',
  '{"Miss":true,"ID":1}',
  '{"ID":1,"Miss":false}',
  '{"ID":1,"Err":"x"}',
  '{"ID":1,"DiskPath":"a\\nb"}',
  '{"ID":1,"DiskPath":"\xc3\xa9"}',
  '{"ID":1,"DiskPath":"a\\"b"}',
  '{"ID":1,"DiskPath":"a\tb"}',
  '{"ID":1,"OutputID":""}',
  '{"ID":1,"OutputID":"AQI="}',
  `{"ID":1,"OutputID":"${"A".repeat(43)}=A"}`,
  `{"ID":1,"OutputID":"${"A".repeat(44)}"}`,
  `{"ID":1,"OutputID":"${"A".repeat(42)}=="}`,
  `{"ID":1,"OutputID":"${"A".repeat(42)} ="}`,
  `{"ID":1,"OutputID":"${"A".repeat(20)}-${"A".repeat(22)}="}`,
  '{"ID":1,"OutputID":"AQI"}',
  '{"ID":1,"OutputID":"=AQI"}',
  '{"ID":1,"Time":"2024-02-30T00:00:00Z"}',
  '{"ID":1,"Time":""}',
  '{"ID":1',
  "null",
])("the fast path leaves %s to the full parser", (text) => {
  expect(short(text)).toBeUndefined();
});
