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

describe("what is read of an argument", () => {
  test("is what comes of it", () => {
    expect(readArgument("the options", () => 5)).toBe(5);
  });

  test.each([new ArgumentError("wrong"), new CacheProgError("BAD_COMMAND", "wrong")])(
    "is our error as it is",
    (error) => {
      expect(thrown(error)).toBe(error);
    },
  );

  test.each([
    [new TypeError("no"), "no"],
    ["text", "string"],
    [undefined, "undefined"],
    [Object.create(null), "object"],
  ])("is an error of ours for any other: %#", (error, why) => {
    const expected = { code: "BAD_ARGUMENT", message: `the options can't be read: ${why}`, cause: error };
    expect(thrown(error)).toMatchObject(expected);
  });
});
