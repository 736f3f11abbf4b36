import { expect, test } from "bun:test";
import { vectors } from "../../../fixtures/decode-vectors.ts";
import type { TraceEvent } from "../../../src/trace/events.ts";
import { Recorder } from "../../../src/trace/record/recorder.ts";
import { readUsualRequests, readUsualResponses } from "../../../src/trace/record/usual-messages.ts";

const hello = Buffer.from('{"ID":0,"KnownCommands":["get","put","close"]}\n');
const id = Buffer.alloc(32, 7).toString("base64");

/** What a recorder makes of chunks, the hello left out. */
function events(from: "go" | "program", chunks: readonly Uint8Array[]): readonly TraceEvent[] {
  const found: TraceEvent[] = [];
  const recorder = new Recorder((event) => found.push(event));
  recorder.fromProgram(hello, 1);
  for (const chunk of chunks) {
    if (from === "go") recorder.fromGo(chunk, 1);
    else recorder.fromProgram(chunk, 1);
  }
  // There is a raw event for each chunk.
  const broken = found.findIndex(({ kind }) => kind === "raw");
  return broken === -1
    ? found.slice(1)
    : [...found.slice(1, broken), { kind: "signal", at: 1, name: "broken" }];
}

/** The shortcut needs a whole message, so it never sees one of these. */
function byteByByte(text: Uint8Array): Uint8Array[] {
  return Array.from(text, (byte) => Uint8Array.of(byte));
}

const requests = [
  `{"ID":1,"Command":"get","ActionID":"${id}"}\n\n`,
  `{"ID":1,"Command":"get","ActionID":"${id}"}\n\n{"ID":2,"Command":"get","ActionID":"${id}"}\n\n`,
  `{"ID":3,"Command":"close"}\n\n`,
  `{"ID":01,"Command":"close"}\n\n`,
  `{"ID":1,"Command":"get","ActionID":"${id.replace("B", "-")}"}\n\n`,
  `{"ID":1,"Command":"get","ActionID":"${id}"}\n\n{"ID":2,"Command":"put","ActionID":"${id}","OutputID":"${id}","BodySize":3}\n\n"YWJj"\n{"ID":3,"Command":"close"}\n\n`,
  `{"ID":1,"Command":"get","ActionID":"${id}"}\n\nnonsense\n`,
  `{"ID":123456789012345678,"Command":"get","ActionID":"${id}"}\n\n`,
];

const responses = [
  '{"ID":1,"Miss":true}\n{"ID":2}\n',
  `{"ID":1,"OutputID":"${id}","Size":12,"Time":"2024-02-29T23:59:59.123456789Z","DiskPath":"/a b/c"}\n`,
  ...[
    "2023-02-29T00:00:00Z",
    "2024-02-29T24:00:00Z",
    "2024-02-29T00:00:00.50Z",
    "2024-02-29T00:00:00+01:00",
  ].map((time) => `{"ID":1,"OutputID":"${id}","Size":12,"Time":"${time}","DiskPath":"/x"}\n`),
  '{"ID":1,"DiskPath":"/\\u0041"}\n',
  '{"ID":1,"DiskPath":"/ü"}\n',
  '{"ID":1,"Err":"no"}\n{"ID":2,"Miss":true}\n',
  '{"ID":1,"Size":0}\n{"ID":2}{"ID":3}\n',
  '{"ID":1,"Miss":true}\nwhat?\n',
];

test.each(requests)("the shortcut reads as the decoder does: %j", (text) => {
  const bytes = Buffer.from(text);
  expect(events("go", [bytes])).toEqual(events("go", byteByByte(bytes)));
});

test.each(responses)("the shortcut reads as the decoder does: %j", (text) => {
  const bytes = Buffer.from(text);
  expect(events("program", [bytes])).toEqual(events("program", byteByByte(bytes)));
});

test("the shortcut reads all that Go's decoder was tried on as the decoder does", () => {
  for (const { input } of vectors) {
    const bytes = Buffer.from(input, "base64");
    expect({ input, events: events("program", [bytes]) }).toEqual({
      input,
      events: events("program", byteByByte(bytes)),
    });
  }
});

test("the shortcut reads the messages of a warm build", () => {
  const read = (text: string | undefined, reader: typeof readUsualRequests | typeof readUsualResponses) => {
    const bytes = Buffer.from(text ?? "");
    return reader(bytes, 1, () => {}) === bytes.length;
  };
  expect(requests.slice(0, 3).map((text) => read(text, readUsualRequests))).toEqual([true, true, true]);
  expect(responses.slice(0, 2).map((text) => read(text, readUsualResponses))).toEqual([true, true]);
});
