import { expect, test } from "bun:test";
import { quote, quoteList, quotes, unquote } from "../../../src/trace/names/go/go-text.ts";

/** Bytes as latin1, and as Go 1.26 quotes them. */
const quoted: readonly (readonly [string, string])[] = [
  ["", `""`],
  ['a "b" \\', String.raw`"a \"b\" \\"`],
  ["\x07\b\t\n\v\f\r\x00\x1f\x7f", String.raw`"\a\b\t\n\v\f\r\x00\x1f\x7f"`],
  ["\xc3\xa9", `"é"`],
  ["\xcf\x80\xe4\xb8\xad\xf0\x9f\x98\x80", `"π中😀"`],
  ["\xe9\x80", String.raw`"\xe9\x80"`],
  ["\xc0\x80\xed\xa0\x80", String.raw`"\xc0\x80\xed\xa0\x80"`],
  ["\xf4\x90\x80\x80", String.raw`"\xf4\x90\x80\x80"`],
  ["\xc2\xa0\xc2\xad\xc2\x80", String.raw`"\u00a0\u00ad\u0080"`],
  ["\xf0\x90\xbf\xbf", String.raw`"\U00010fff"`],
  ["\xef\xbf\xbd\xef\xbb\xbf", `"\ufffd${String.raw`\ufeff"`}`],
];

test.each(quoted)("Go quotes %j as %s", (latin1, text) => {
  const bytes = Buffer.from(latin1, "latin1");
  expect(quote(bytes)).toBe(text);
  expect(unquote(text)).toEqual(bytes);
});

test("a list", () => {
  expect(quoteList(["-tags", "a b"])).toBe(`["-tags" "a b"]`);
  expect(quoteList([])).toBe("[]");
});

test("bytes that Go may quote in several ways, depending on its version of Unicode", () => {
  const both = quotes(Buffer.from("a\u{1c89}é\u{10ff}\xff", "utf8").subarray(0, -1));
  expect(both).toHaveLength(4);
  expect(both[0]).toBe(quote(Buffer.from("a\u{1c89}é\u{10ff}\xff", "utf8").subarray(0, -1)));
  expect(both).toContain('"a\\u1c89é\u{10ff}\\xc3"');
  expect(both).toContain('"a\u{1c89}é\\u10ff\\xc3"');
  expect(quotes(Buffer.from("a é \0"))).toEqual([quote("a é \0")]);
  expect(quotes(Buffer.from("\u{4e2d}".repeat(10)))).toHaveLength(16);
});
