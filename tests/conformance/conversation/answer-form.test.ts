import { expect, test } from "bun:test";
import { doubledName, lines } from "../../../src/conformance/conversation/answer-form.ts";

test.each([
  ['{"ID":1}\n{"ID":2}\n', [undefined, undefined]],
  ['{"ID":1}{"ID":2}\n', ["2 responses are on one line"]],
  ['{"ID":1} {"ID":2}\n{"ID":3}\n', ["2 responses are on one line", undefined]],
  ['{"ID":1,\n"Miss":true}\n', ["a response spans several lines", "a response spans several lines"]],
  ['{"ID":1}\n{"ID":2}', [undefined, "no newline at the end"]],
  ['{"ID":1,"DiskPath":"/a}{b"}\n', [undefined]],
  ['\n{"ID":1}\n\n', [undefined]],
])("%j is judged line by line", (output, problems) => {
  expect(lines(new TextEncoder().encode(output)).map(({ problem }) => problem)).toEqual(problems);
});

test("the names of a line are those of its object, not of what is in a value", () => {
  const [line] = lines(new TextEncoder().encode('{"ID":1,"x":{"y":2},"DiskPath":"\\"z\\":","id":1}\n'));
  expect(line?.names).toEqual(["ID", "x", "DiskPath", "id"]);
  expect(doubledName(line?.names ?? [])).toBe("id");
  expect(doubledName(["ID", "Miss"])).toBeUndefined();
});
