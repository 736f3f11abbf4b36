import { describe, expect, test } from "bun:test";
import { readArgument } from "../src/argument.ts";
import { ArgumentError, CacheProgError } from "../src/errors.ts";

function thrown(error: unknown): unknown {
  try {
    return readArgument("the options", () => {
      throw error;
    });
  } catch (error) {
    return error;
  }
}

describe("readArgument", () => {
  test("returns what the callback returns", () => {
    expect(readArgument("the options", () => 5)).toBe(5);
  });

  test.each([new ArgumentError("wrong"), new CacheProgError("BAD_COMMAND", "wrong")])(
    "rethrows an error of cacheprogw unchanged",
    (error) => {
      expect(thrown(error)).toBe(error);
    },
  );

  test.each([
    [new TypeError("no"), "no"],
    ["text", "string"],
    [undefined, "undefined"],
    [Object.create(null), "object"],
  ])("turns any other thrown value into BAD_ARGUMENT: %#", (error, why) => {
    const expected = { code: "BAD_ARGUMENT", message: `the options can't be read: ${why}`, cause: error };
    expect(thrown(error)).toMatchObject(expected);
  });
});
