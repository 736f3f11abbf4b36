import { expect, test } from "bun:test";
import { subkeyOf } from "../../../src/trace/names/go/ids.ts";
import { nameActions, showName } from "../../../src/trace/names/index.ts";
import { collectTrace, type Trace } from "../../../src/trace/trace.ts";
import { sha256, start, Traffic } from "../traffic.ts";

/*
 * Ids of real runs of go, as GODEBUG=gocachehash=1 shows them.
 */

/** The short form of an id in build ids. */
function short(hex: string): string {
  return Buffer.from(hex, "hex").subarray(0, 15).toString("base64url");
}

/** A run of go in which each of these actions was a hit on an empty entry. */
function run(go: Partial<Trace["start"]["go"]>, graph: unknown, actions: readonly string[]): Promise<Trace> {
  const traffic = new Traffic();
  for (const action of actions) traffic.hit(traffic.get(action), sha256(""), 0);
  const text = { kind: "graph", at: 9999, text: JSON.stringify(graph) } as const;
  return collectTrace("t", [{ ...start, go: { ...start.go, ...go } }, ...traffic.events, text]);
}

/** The graph of a vet of internal/abi, which imports internal/goarch. */
function vetGraph([abi, goarch]: readonly [string, string]) {
  return [
    { ID: 0, Mode: "vet", Package: "internal/abi", Deps: [1, 2] },
    { ID: 1, Mode: "build", Package: "internal/abi", ActionID: short(abi) },
    { ID: 2, Mode: "vet", Package: "internal/goarch", Deps: [3] },
    { ID: 3, Mode: "build", Package: "internal/goarch", ActionID: short(goarch) },
  ];
}

test.each([
  {
    version: "go1.26.8",
    builds: [
      "8aebac05e2b524d5d4743dc98c8afdf7a6828581a554bf6c42d6f12856cb4176",
      "190a8fb58cf205437a3c2d5024c318134b11ddf772d8ed9ee8853e2209b19b66",
    ],
    abi: "56e4c13487c15b40ad35e299386ac21773ab5868a44e0c756edf0f954328381f",
    goarch: "4d956fecdce59fffbf5fa8a812f8e54bb1ad96b39c7228d209f59df6e768e3f2",
  },
  {
    version: "go1.27.4",
    builds: [
      "3bd72b156c7440931df4393c1817036c63d5853c85b2325cdab41818c5bf4b91",
      "e08143dc0fae12933fcf5ddfda40529dbddaffbaacc203667609460098546800",
    ],
    abi: "f6bb522829ad6c5253177fcc0a19810bf83e1feb258869c9fb98ce5328e7e0a6",
    goarch: "b821ef09fe3d355a00ff554d18f8f763854d330ba4086b2b1e5ef76f524e0df2",
  },
] as const)(
  "what vet of $version finds out about a package and its dependency",
  async ({ version, builds, abi, goarch }) => {
    const [stdout, fixes] = [subkeyOf(abi, "stdout"), subkeyOf(abi, "fix.zip")];
    const actions = [...builds, abi, goarch, stdout, fixes];
    const names = nameActions(await run({ version, command: ["go", "vet"] }, vetGraph(builds), actions));
    expect([abi, goarch, stdout, fixes].map((action) => names.of(action))).toEqual([
      { kind: "vet", package: "internal/abi" },
      { kind: "vet", package: "internal/goarch" },
      { kind: "vet output", package: "internal/abi" },
      { kind: "fixes", package: "internal/abi" },
    ]);
    const other = nameActions(
      await run({ version: "go1.25.0", command: ["go", "vet"] }, vetGraph(builds), actions),
    );
    expect(other.unnamed).toEqual([abi, goarch, stdout, fixes]);
  },
);

const [byLink, byContent] = [
  "f6c655ddd89f45bc08df42a9cf24aaa1b40453593ba97cf1fdd0eefd3861cf38",
  "0db7179d7e3029e1df44fc3e412f5d274b965748d707bfbb0102059728b060f0",
] as const;

const testGraph = [
  {
    ID: 0,
    Mode: "link",
    Package: "example.com/greeting/greet.test",
    ActionID: "kRXSxyMyy4HNQRkQqVrx",
    BuildID: "kRXSxyMyy4HNQRkQqVrx/sjRZr8qYMNTT85OKfh0B/_5viQ6SnfDFsBWnrReiZ/unTHCGh-hnzh7xrvsmLb",
  },
];

test("the result of a test, by its link and by the content of its executable", async () => {
  const go = { version: "go1.26.8", command: ["go", "test", "./..."] };
  const names = nameActions(await run(go, testGraph, [byLink, byContent]));
  for (const action of [byLink, byContent])
    expect(showName(names.of(action) ?? { kind: "index", package: "" })).toBe(
      "test inputs example.com/greeting/greet",
    );
  const other = { ...go, command: ["go", "test", "-short", "./..."] };
  expect(nameActions(await run(other, testGraph, [byLink])).unnamed).toEqual([byLink]);
});

test("without go's version and command, neither has a name", async () => {
  const { version: _, command: __, ...go } = start.go;
  const trace = await run({}, testGraph, [byLink]);
  expect(nameActions({ ...trace, start: { ...start, go } }).unnamed).toEqual([byLink]);
});

test("an id with a character that only a newer Unicode has, which go escapes", async () => {
  const build = `e1b289${"41".repeat(29)}`; // U+1C89, of Unicode 16, and 29 times A
  const pkg = `"\\u1c89${"A".repeat(29)}"`;
  const vet = sha256(`go1.26.8vet "vet version go1.26.8"\nvetflags ["-json"]\npkg ${pkg}\n`);
  const graph = [
    { ID: 0, Mode: "vet", Package: "example.com/m", Deps: [1] },
    { ID: 1, Mode: "build", Package: "example.com/m", ActionID: short(build) },
  ];
  const names = nameActions(await run({ version: "go1.26.8", command: ["go", "vet"] }, graph, [build, vet]));
  expect(names.of(vet)).toEqual({ kind: "vet", package: "example.com/m" });
});
