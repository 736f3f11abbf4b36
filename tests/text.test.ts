import { describe, expect, test } from "bun:test";
import {
  checkDecoded,
  checkText,
  compareUTF8,
  describe as describeValue,
  shownPath,
  sortByUTF8,
} from "../src/text.ts";

const halves = ["\ud800", "\udfff", "a\udc00b", "\ud83d", "\ude00\ud83d", "\ud83d\ud83d\ude00"];
const whole = ["", "a", "ñ", "\u{1f600}", "\0", "\uffff", "a".repeat(100_000)];

describe("text that becomes bytes", () => {
  test.each(halves)("is rejected if it has a lone surrogate: %j", (text) => {
    for (const check of [checkText, checkDecoded]) {
      expect(() => check(text, "the salt")).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
    }
  });

  test("is rejected with the lone surrogate and its index", () => {
    expect(() => checkText("a\u{1f600}\ud801b", "the salt")).toThrow(
      "the salt has a lone surrogate (\\ud801 at index 3)",
    );
  });

  test("is accepted without lone surrogates", () => {
    for (const text of whole) {
      checkText(text, "the salt");
      checkDecoded(text, "the salt");
    }
    checkText("\ufffd", "the salt"); // only decoded text may have it in place of invalid bytes
  });
});

test("decoded text is rejected if it has U+FFFD, which may stand for invalid bytes", () => {
  for (const bytes of [[0xff], [0xed, 0xa0, 0x80], [0x61, 0xc3]]) {
    const text = new TextDecoder().decode(Uint8Array.from(bytes));
    expect(() => checkDecoded(text, "--key")).toThrow("--key isn't valid UTF-8");
  }
});

describe("a value is described", () => {
  class Named {}
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  test.each([
    [undefined, "undefined"],
    [null, "null"],
    [5, "5"],
    [Number.NaN, "NaN"],
    [5n, "5n"],
    [10n ** 1000n, "a large bigint"],
    [Symbol("a"), "Symbol(a)"],
    ["a\n", '"a\\n"'],
    ["a".repeat(60), `"${"a".repeat(60)}"`],
    ["a".repeat(61), `"${"a".repeat(60)}…"`],
    [{}, "an Object"],
    [[], "an Array"],
    [new Uint16Array(2), "a Uint16Array"],
    [new Named(), "a Named"],
    [() => 5, "a function"],
    [Named, "a function"],
    [Object.create(null), "an object"],
    [{ constructor: { name: "\n" } }, "an object"],
    [proxy, "an object"],
  ])("%#", (value, description) => {
    expect(describeValue(value)).toBe(description);
  });
});

test("a path is shown whole, unless it's longer than any path can be", () => {
  expect(shownPath("a".repeat(4_096))).toBe("a".repeat(4_096));
  expect(shownPath("a".repeat(4_097))).toBe(`${"a".repeat(100)}… (4097 characters)`);
});

test("text is sorted by its UTF-8 bytes", () => {
  const texts = [
    "\u{1f600}",
    "\uffff",
    "\ue000",
    "\ud7ff",
    "b",
    "a",
    "ab",
    "",
    "\u{10000}",
    "\u{1f601}",
    "\u{1f600}a",
  ];
  const byBytes = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(sortByUTF8([...texts])).toEqual(byBytes);
  expect(byBytes).not.toEqual(texts.toSorted());
  expect(sortByUTF8(["b", "\uffff", "a"])).toEqual(["a", "b", "\uffff"]);
  expect(compareUTF8("a", "a")).toBe(0);
});
