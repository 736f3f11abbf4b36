import { type Mutation, of } from "./mutation.ts";

/** Mutations of the names of action ids. */
export const names: readonly Mutation[] = [
  ...of(
    "src/trace/names/claims.ts",
    ["trace/names/names.test.ts"],
    [
      [
        "return this.#disputed.has(action) ? undefined : ",
        "return ",
        "what has two names gets the first one",
      ],
    ],
  ),
  ...of(
    "src/trace/names/heads-needed.ts",
    ["trace/names/names.test.ts"],
    [["[...whole, ...whole.map", "[...whole.map", "each build has a head"]],
  ),
  ...of(
    "src/trace/names/index-body.ts",
    ["trace/names/head.test.ts"],
    [["if (packages.length === 1) return absolute;", "", "the index of a package is that of its module"]],
  ),
  ...of(
    "src/trace/names/go/go-text.ts",
    ["trace/names/go-text.test.ts", "trace/names/rules.test.ts"],
    [
      ["return isUtf8(rune) ? length : 0;", "return length;", "bytes that are no text are quoted as text"],
      ["mostDoubtful = 4", "mostDoubtful = 0", "characters of a newer Unicode are quoted in one way"],
    ],
  ),
  ...of(
    "src/trace/names/go/hash-log.ts",
    ["trace/names/hash-log.test.ts"],
    [['if (hasher.digest("hex") === id)', "if (true)", "hashes that mixed are taken for right"]],
  ),
  ...of(
    "src/trace/names/packages.ts",
    ["trace/names/packages.test.ts"],
    [
      ["second === undefined || count(second) < count(best)", "true", "one of two packages is guessed"],
      ["!isAbsolute(directory) || ", "", "a directory of an unknown module gets a package"],
    ],
  ),
  ...of(
    "src/trace/names/rules/vet.ts",
    ["trace/names/rules.test.ts"],
    [
      [
        "if (action === undefined || !output) return",
        "if (action !== undefined) return",
        "dependencies don't count",
      ],
      ['"vetxonly true\\n", ', "", "vet of Go 1.27 has no name"],
    ],
  ),
  ...of(
    "src/trace/names/rules/test-flags.ts",
    ["trace/names/go-command.test.ts"],
    [["(hasTimeout ? [] : [timeout])", "[]", "go's default timeout isn't in the id of a test"]],
  ),
  ...of(
    "src/trace/diff/hashes.ts",
    ["trace/diff/hashes.test.ts"],
    [
      ['line.replace(ofOutput, "$1")', "line", "what follows from a change is one"],
      ['&& !mixed.has(first?.hash ?? "")', "", "hashes that mixed are new or gone"],
    ],
  ),
];
