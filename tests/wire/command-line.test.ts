import { describe, expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import { CacheProgError, joinCommand, splitCommand } from "../../src/wire/index.ts";

function failure(run: () => unknown): CacheProgError {
  try {
    run();
  } catch (error) {
    if (error instanceof CacheProgError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("splitCommand", () => {
  test.each([
    ["", []],
    [" \t\r\n", []],
    ["a", ["a"]],
    ["  prog --dir\t/tmp\r\nx  ", ["prog", "--dir", "/tmp", "x"]],
    [`'a b' "c d"`, ["a b", "c d"]],
    [`'a"b' "c'd"`, ['a"b', "c'd"]],
    [`e"f g'h`, ['e"f', "g'h"]],
    [`"a"b 'c''d'`, ["a", "b", "c", "d"]],
    [`''  ""`, ["", ""]],
    [`a\\ b`, ["a\\", "b"]],
    ["a\u00a0b\vc\fd", ["a\u00a0b\vc\fd"]],
    ["\u00a0a \vb", ["\u00a0a", "\vb"]],
    ["'a\nb'", ["a\nb"]],
  ])("splits %j as go does", (text, args) => {
    expect(splitCommand(text)).toEqual(args);
  });

  test("names the quote that isn't closed and points at it", () => {
    const error = failure(() => splitCommand(`prog "a b" 'c d`));
    expect(error.code).toBe("BAD_COMMAND");
    expect(error.message).toBe(
      `the single quote at column 12 of the command isn't closed:\n  prog "a b" 'c d\n             ^`,
    );
    expect(failure(() => splitCommand(`"`)).message).toContain("the double quote at column 1 of");
  });

  test("shows only the part of a long command around the quote", () => {
    const error = failure(() => splitCommand(`${"a\t".repeat(100)}"${"b".repeat(100)}`));
    const [, excerpt = "", caret = ""] = error.message.split("\n");
    expect(error.message).toContain("column 201");
    expect(excerpt.length).toBeLessThan(100);
    expect(excerpt[caret.indexOf("^")]).toBe('"');
  });
});

describe("joinCommand", () => {
  test.each([
    [[], ""],
    [["prog", "--dir", "/tmp"], "prog --dir /tmp"],
    [["a b", "c'd", 'e"f', ""], `'a b' "c'd" 'e"f' ''`],
    [[`a'b"c`], `a'b"c`],
    [["a\nb"], "'a\nb'"],
  ])("joins %j so that go splits it back", (args, text) => {
    expect(joinCommand(args)).toBe(text);
    expect(splitCommand(text)).toEqual(args);
  });

  test.each([`a' "b`, `'a"b`, `"a'`])("refuses %j, which no quotes can hold", (arg) => {
    const error = failure(() => joinCommand(["prog", arg]));
    expect(error.code).toBe("BAD_COMMAND");
    expect(error.message).toContain("argument 2");
    expect(error.message).toContain(arg);
  });

  test("joins whatever splitCommand returns into a command that splits the same", () => {
    const random = new Random(3);
    let split = 0;
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: random.below(12) }, () =>
        random.pick(["a", " ", "'", '"', "\t", "\\", "é"]),
      ).join("");
      let args: string[];
      try {
        args = splitCommand(text);
      } catch {
        continue;
      }
      split++;
      expect(splitCommand(joinCommand(args))).toEqual(args);
    }
    expect(split).toBeGreaterThan(5_000);
  });
});
