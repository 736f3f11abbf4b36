import { expect, test } from "bun:test";
import { parseInput } from "../../../src/cli/arguments/parse.ts";
import type { Command, Input } from "../../../src/cli/command.ts";
import { Interrupt } from "../../../src/cli/interrupt.ts";

const command: Command = {
  name: "try",
  summary: "Tries.",
  synopsis: "[options]",
  options: {
    key: { value: "TEXT", short: "k", help: "a text" },
    json: { short: "j", help: "a switch" },
    loud: { short: "l", help: "another" },
  },
  examples: [],
  details: "",
  operands: 2,
  async run() {
    return 0;
  },
};

function parse(...argv: string[]): Omit<Input, "signal"> | "help" {
  const input = parseInput(command, argv, new Interrupt());
  if (input === "help") return input;
  const { signal: _, ...rest } = { ...input, signal: undefined };
  return rest;
}

test("options may come anywhere, with a value after a space, after =, or right after a letter", () => {
  for (const way of [["--key", "a b"], ["--key=a b"], ["-k", "a b"], ["-ka b"]]) {
    for (const argv of [
      ["x", ...way, "y"],
      [...way, "x", "y"],
      ["x", "y", ...way],
    ]) {
      expect(parse(...argv)).toMatchObject({
        options: new Map([["key", "a b"]]),
        operands: ["x", "y"],
        program: undefined,
      });
    }
  }
});

test("one-letter switches can be combined, and the last letter may take a value", () => {
  const both = [
    ["json", ""],
    ["loud", ""],
  ] as const;
  expect(parse("-jl")).toMatchObject({ options: new Map(both) });
  for (const argv of [["-jlkx"], ["-jlk", "x"], ["-j", "-l", "--key=x"]]) {
    expect(parse(...argv)).toMatchObject({ options: new Map([...both, ["key", "x"]]) });
  }
});

test("a value may have equals signs and dashes; the last one counts", () => {
  expect(parse("--key=a=b")).toMatchObject({ options: new Map([["key", "a=b"]]) });
  expect(parse("--key=--json")).toMatchObject({ options: new Map([["key", "--json"]]) });
  expect(parse("-k", "-5", "--key", "-")).toMatchObject({ options: new Map([["key", "-"]]) });
});

test("a lone dash is an operand", () => {
  expect(parse("-", "-j")).toMatchObject({ operands: ["-"], options: new Map([["json", ""]]) });
});

test("everything after the first -- is the program", () => {
  expect(parse("x", "--", "prog", "--", "-h", "--help")).toMatchObject({
    operands: ["x"],
    program: ["prog", "--", "-h", "--help"],
  });
  expect(parse("--")).toMatchObject({ operands: [], program: [] });
});

test("--help and -h win over any error", () => {
  expect(parse("--nonsense", "--help")).toBe("help");
  expect(parse("a", "b", "c", "-h", "--key")).toBe("help");
});

test("unknown options, missing values and extra operands are refused by name", () => {
  const cases: [argv: string[], message: string][] = [
    [["--kye", "x"], 'try has no option --kye. Did you mean "--key"?'],
    [["--kye=x"], 'try has no option --kye. Did you mean "--key"?'],
    [["-jx"], "try has no option -x."],
    [["-é"], "try has no option -é."],
    [["--__proto__"], "try has no option --__proto__."],
    [["--key"], "option --key needs a value: --key TEXT"],
    [["-jk"], "option -k needs a value: -k TEXT"],
    [["--key="], "option --key needs a value: --key TEXT; it is empty"],
    [["-k", ""], "option -k needs a value: -k TEXT; it is empty"],
    [["-k", "-j"], "option -k needs a value: -k TEXT; if -j is the value, write --key=-j"],
    [["--json=no"], 'option --json takes no value; got "no"'],
    [["a", "b", "c"], 'unexpected argument "c"; usage: cacheprogw try [options]'],
  ];
  for (const [argv, message] of cases) {
    expect(() => parse(...argv)).toThrow(
      expect.objectContaining({ name: "UsageError", message, exitCode: 2 }),
    );
  }
});

test("no signal handler is installed until a command reads its signal", () => {
  const before = process.listenerCount("SIGINT");
  parseInput(command, [], new Interrupt());
  expect(process.listenerCount("SIGINT")).toBe(before);
});
