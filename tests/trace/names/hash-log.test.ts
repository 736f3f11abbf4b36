import { expect, test } from "bun:test";
import { parseHashLog } from "../../../src/trace/names/go/hash-log.ts";

const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

/** The lines of a hash. */
function lines(name: string, ...inputs: readonly string[]): string[] {
  const got = inputs.map((input) => `HASH[${name}]: ${JSON.stringify(input)}`);
  return [`HASH[${name}]`, ...got, `HASH[${name}]: ${sha256(inputs.join(""))}`];
}

function parse(...all: readonly string[]) {
  return parseHashLog(`${all.join("\n")}\n`);
}

test("hashes, subkeys and files, among what else go writes", () => {
  const build = sha256("go1.26.8compile\n");
  const stdout = sha256("stdout");
  const log = parse(
    "# example.com/m",
    ...lines("build example.com/m [example.com/m.test]", "go1.26.8", "compile\n"),
    "./m.go:3:1: undefined: HASH[x]",
    `HASH subkey ${build} "stdout" = ${stdout}`,
    `HASH /src/a b/m.go: ${sha256("package m")}`,
    "HASH /src/gone.go: open /src/gone.go: no such file or directory",
  );
  expect(Object.fromEntries(log.ids)).toEqual({
    [build]: { name: "build example.com/m [example.com/m.test]", inputs: ["go1.26.8", "compile\n"] },
    [stdout]: { name: "stdout", inputs: [], parent: build },
  });
  expect(Object.fromEntries(log.files)).toEqual({ "/src/a b/m.go": sha256("package m") });
  expect(log.mixed.size).toBe(0);
});

test("a line that go quotes is hashed as the bytes that it was", () => {
  const id = new Bun.CryptoHasher("sha256")
    .update(Buffer.from("go1pkg \xff\xc3\xa9", "latin1"))
    .digest("hex");
  const log = parse("HASH[vet a]", 'HASH[vet a]: "go1"', 'HASH[vet a]: "pkg \\xffé"', `HASH[vet a]: ${id}`);
  expect(log.ids.get(id)?.inputs).toEqual(["go1", "pkg \ufffdé"]);
});

test("more may be added to a hash that has been read", () => {
  const [first, second] = [sha256("go1a"), sha256("go1ab")];
  const log = parse(...lines("c", "go1", "a"), 'HASH[c]: "b"', `HASH[c]: ${second}`);
  expect(log.ids.get(first)?.inputs).toEqual(["go1", "a"]);
  expect(log.ids.get(second)?.inputs).toEqual(["go1", "a", "b"]);
});

test("a hash that is never read doesn't spoil the next one", () => {
  const log = parse("HASH[i]", 'HASH[i]: "go1"', 'HASH[i]: "a"', ...lines("i", "go1", "b"));
  expect(log.ids.get(sha256("go1b"))?.inputs).toEqual(["go1", "b"]);
  expect(log.mixed.size).toBe(0);
});

test("hashes of one name that mix are left out, and counted", () => {
  const [a, b] = [lines("i", "go1", "a1", "a2"), lines("i", "go1", "b1", "b2")];
  const log = parse(...a.slice(0, 3), ...b.slice(0, 3), ...a.slice(3, 4), ...b.slice(3), ...a.slice(4));
  expect(log.ids.size).toBe(0);
  expect(Object.fromEntries(log.mixed)).toEqual({ i: 2 });
});
