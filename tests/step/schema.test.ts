import { describe, expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import { ArgumentError } from "../../src/errors.ts";
import { entryNames, stepDefinition } from "../../src/step/definition.ts";
import { PackageSteps } from "../../src/step/graph/package-steps.ts";
import { checkStepName } from "../../src/step/reference.ts";
import schema from "../../src/step/schema.json";
import { isValid } from "./json-schema.ts";
import { TempProject } from "./temp-project.ts";

type Judgement = "valid" | "invalid";

/** What definition.ts says of a step in package.json. */
function checked(name: string, entry: unknown): Judgement {
  try {
    checkStepName(name, "it");
    stepDefinition(entry, { name, directory: "/project" });
    return "valid";
  } catch (error) {
    if (error instanceof ArgumentError) return "invalid";
    throw error;
  }
}

/** What the schema says of it. */
function judged(name: string, entry: unknown): Judgement {
  return isValid({ name: "lib", cacheprogw: { steps: { [name]: entry } } }, schema) ? "valid" : "invalid";
}

const least = { command: "make", inputs: [], outputs: [] };

describe("the schema has", () => {
  const { properties, required } = schema.definitions.step;

  test("the properties of an entry", () => {
    expect(Object.keys(properties).sort()).toEqual([...entryNames].sort());
  });

  test("those as required that are missed", () => {
    for (const name of entryNames) {
      const { [name]: _, ...others } = { ...least, env: [], version: "", platform: "this", dependsOn: [] };
      expect(checked("x", others)).toBe(required.includes(name) ? "invalid" : "valid");
    }
  });

  test("the defaults of what may be left out", () => {
    const { version, platform } = stepDefinition(least, { name: "x", directory: "/" });
    expect<object>({ version, platform }).toEqual({
      version: properties.version.default,
      platform: properties.platform.default,
    });
  });

  test("a description for everything that an editor shows", () => {
    const shown = [
      ...Object.values(properties),
      ...Object.values(schema.definitions),
      schema.properties.cacheprogw,
    ];
    for (const { description } of shown) expect(description).toMatch(/^["[A-Z*].*\.$/);
  });
});

/** Entries that the schema and definition.ts judge the same. */
const entries: readonly (readonly [Judgement, unknown])[] = [
  ["valid", least],
  ["invalid", {}],
  ["invalid", 5],
  ["invalid", []],
  ["invalid", { ...least, command: undefined }],
  ...property("command", {
    valid: ["tsc -p .", "a\nb", ["tsc"], ["tsc", "-p", ""], ["a b"]],
    invalid: ["", " \n", "a\0", 5, null, [], [""], ["a", 5], ["a", "b\0"], ["a\0"], [5], { shell: "make" }],
  }),
  ...property("inputs", {
    valid: [
      [],
      ["src/**", "tsconfig.json"],
      ["../shared/*.json"],
      ["."],
      ["**"],
      ["src", "!src/gen"],
      ["\\[id].ts"],
      ["a\nb"],
      ["!(a)"],
      ["../.././a"],
      ["{..,a}/b"],
    ],
    invalid: [
      "src",
      ["a/.."],
      ["../a/../b"],
      ["./a/./../b"],
      null,
      [5],
      [""],
      ["!"],
      ["!!a", "b"],
      ["!a"],
      ["a", "a"],
      ["/etc/passwd"],
      ["a", "!/b"],
      ["C:\\a"],
      ["c:/a"],
      ["\\\\server\\a"],
      ["a\0"],
      [["a"]],
    ],
  }),
  ...property("outputs", {
    valid: [
      [],
      ["dist"],
      ["./dist/"],
      ["dist/**", "!dist/cache"],
      ["*.tsbuildinfo"],
      [".*"],
      ["..a"],
      ["a.."],
      ["a/..b"],
      ["**/*.d.ts"],
      ["package"],
      ["dist/package.json"],
    ],
    invalid: [
      ["."],
      ["./"],
      ["././."],
      ["*"],
      ["**"],
      ["./**"],
      ["**/"],
      ["**/*"],
      ["*/**"],
      ["*/*"],
      ["*/./*/*"],
      [".."],
      ["../a"],
      ["a/.."],
      ["a/../b"],
      ["{..,a}/b"],
      ["dist", "!../a"],
      ["/tmp"],
      ["package.json"],
      ["./package.json"],
      ["*.json"],
      ["*.*"],
      [""],
      ["!dist"],
      ["a", "a"],
      [5],
    ],
  }),
  ...property("env", {
    valid: [[], ["NODE_ENV", "_", "npm_config_user-agent", "ProgramFiles(x86)", "a.b"]],
    invalid: ["CI", [""], ["A=1"], ["NEXT_*"], ["$A"], ["1A"], ["A B"], ["A\n"], ["A", "A"], [5], { A: "1" }],
  }),
  ...property("version", { valid: ["", "2", "a\nb"], invalid: [2, null, ["2"]] }),
  ...property("platform", { valid: ["this", "any"], invalid: ["linux", "", null, true, ["any"]] }),
  ...property("dependsOn", {
    valid: [[], ["gen", "../lib:gen", "./lib:gen", "..:gen", "lib:gen", "@acme/lib:gen", "a:b:gen", "größe"]],
    invalid: [
      "gen",
      [""],
      [":gen"],
      ["lib:"],
      ["../lib"],
      ["a b"],
      ["lib:a b"],
      ["lib:.a"],
      ["-a"],
      ["/lib:gen"],
      ["C:\\lib:gen"],
      ["a\0:gen"],
      ["a\\b"],
      ["gen", "gen"],
      [5],
    ],
  }),
  ["invalid", { ...least, name: "build" }],
  ["invalid", { ...least, cwd: "." }],
  ["invalid", { ...least, run: "make" }],
  ["invalid", { ...least, input: [] }],
];

function property(
  name: string,
  values: Readonly<Record<Judgement, readonly unknown[]>>,
): (readonly [Judgement, unknown])[] {
  const row = (judgement: Judgement) => (value: unknown) => [judgement, { ...least, [name]: value }] as const;
  return [...values.valid.map(row("valid")), ...values.invalid.map(row("invalid"))];
}

describe("definition.ts and the schema find", () => {
  // As JSON has it: without undefined.
  test.each(entries.map(([judgement, entry]) => ({ judgement, json: JSON.stringify(entry) })))(
    "$judgement: $json",
    ({ judgement, json }) => {
      const entry: unknown = JSON.parse(json);
      expect({ checked: checked("build", entry), judged: judged("build", entry) }).toEqual({
        checked: judgement,
        judged: judgement,
      });
    },
  );

  test.each([
    "build",
    "b.c",
    "größe",
    "_",
    "a@b",
    "",
    "a:b",
    "a/b",
    "a\\b",
    "a b",
    "a\n",
    "a\x7f",
    "a\u{85}",
    "..",
    "-a",
    "\xa0",
  ])("the same of a step with the name %j", (name) => {
    expect(judged(name, least)).toBe(checked(name, least));
  });

  const parts = [
    "a",
    "b",
    ".",
    "..",
    "/",
    "*",
    "**",
    "!",
    ":",
    "\\",
    "-",
    " ",
    "{",
    ",",
    "}",
    "[",
    "]",
    "C:",
    "\n",
    "\0",
    "ö",
  ];
  const outputParts = ["package.json", "json", "?", "(", ")", "+"];

  /** Random text in one place of an entry, with what definition.ts says of it. */
  function* random(
    places: readonly string[],
    words: readonly string[],
  ): Generator<[Judgement, string, unknown]> {
    const random = new Random(1);
    let valid = 0;
    for (let round = 0; round < 10_000; round++) {
      const text = random.repeat(0, 6, () => words[random.below(words.length)]).join("");
      const place = places[round % places.length] ?? "";
      const name = place === "name" ? text : "build";
      const entry =
        place === "name" ? least : { ...least, [place]: place === "command" ? text : ["x", text] };
      const judgement = checked(name, entry);
      if (judgement === "valid") valid++;
      yield [judgement, name, entry];
    }
    expect(valid).toBeGreaterThan(1000);
  }

  test("the same of random text in a command, a name, or a list of names", () => {
    for (const [judgement, name, entry] of random(["command", "env", "dependsOn", "name"], parts))
      if (judged(name, entry) !== judgement) expect<unknown>([name, entry]).toBe(judgement);
  });

  test("all random patterns valid that definition.ts finds valid", () => {
    // For the schema, an escaped slash separates names.
    const words = [...parts.filter((part) => part !== "\\"), ...outputParts];
    for (const [judgement, name, entry] of random(["inputs", "outputs"], words))
      if (judgement === "valid" && judged(name, entry) !== judgement)
        expect<unknown>([name, entry]).toBe(judgement);
  });

  // A schema can't say these.
  test.each([
    { inputs: ["a", "./a"] },
    { inputs: ["a/{..,b}"] },
    { outputs: ["{*,a}"] },
    { outputs: ["?*"] },
    { outputs: ["{package,a}.json"] },
    { outputs: ["\\.\\./a"] },
    { version: "\ud800" },
  ])("something else only for %j", (changed) => {
    expect([checked("x", { ...least, ...changed }), judged("x", { ...least, ...changed })]).toEqual([
      "invalid",
      "valid",
    ]);
  });
});

describe("the loader and the schema agree on what is around an entry:", () => {
  test.each<[Judgement, unknown]>([
    ["valid", { name: "lib" }],
    ["valid", { cacheprogw: {} }],
    ["valid", { cacheprogw: { steps: {} } }],
    ["valid", { cacheprogw: { steps: { x: least } } }],
    ["invalid", { cacheprogw: 5 }],
    ["invalid", { cacheprogw: { step: {} } }],
    ["invalid", { cacheprogw: { steps: [] } }],
    ["invalid", { cacheprogw: { steps: { "a:b": least } } }],
    ["invalid", []],
  ])("%s: %j", (judgement, file) => {
    using project = new TempProject({ "package.json": file });
    const names = () => new PackageSteps(project.root).names(project.root);
    if (judgement === "valid") names();
    else expect(names).toThrow(ArgumentError);
    expect(isValid(file, schema)).toBe(judgement === "valid");
  });
});
