import { afterEach, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHead } from "../../../src/trace/names/head.ts";

const path = join(tmpdir(), `cacheprogw-head-${process.pid}`);
afterEach(() => rmSync(path, { force: true }));

function head(body: string | Uint8Array): string | undefined {
  writeFileSync(path, body);
  return readHead(path);
}

test.each([
  ["an answer about the C compiler", "true", "true"],
  [
    "what a test read",
    `# test log\n${"getenv A\n".repeat(999)}`,
    `# test log\n${"getenv A\n".repeat(999)}`.slice(0, 4096),
  ],
  [
    "the output of a test",
    `${"a b\n".repeat(5000)}ok  \texample.com/a\t0.1s\n`,
    "ok  \texample.com/a\t0.1s\n",
  ],
  ["a list of source files", "./a.go\nb.cgo1.go\n./c.s\n_cgo_gotypes.go\n", "b.cgo1.go\n_cgo_gotypes.go\n"],
  ["a long list", `${"./a.go\n".repeat(5000)}b.cgo1.go\n`, "b.cgo1.go\n"],
  ["a list without generated files", "./a.go\n", undefined],
  ["what go knows of a C compiler", "/usr/bin/gcc\0stat 5 1 2\n", "/usr/bin/gcc\0stat 5 1 2\n"],
  ["a text that names nothing", "{}\n", undefined],
  ["an archive", "!<arch>\n__.PKGDEF", undefined],
  ["something binary", "\r\x7f\x01", undefined],
  ["nothing", "", undefined],
])("%s", (_, body, expected) => {
  expect(head(body)).toBe(expected);
});

test("a body that isn't there has no head", () => {
  expect(readHead(path)).toBeUndefined();
});

/** An index of packages, each with the absolute path of its one file that imports, if it has any. */
function index(packages: readonly (readonly [directory: string, path?: string])[]): Uint8Array {
  const strings = [0];
  const bytes: number[] = [...Buffer.from("go index v2\n")];
  const at = (place: number, value: number) => {
    const number = Buffer.alloc(4);
    number.writeUInt32LE(value);
    bytes.splice(place, 4, ...number);
  };
  const number = (value: number) => at(bytes.length, value);
  const string = (text: string) => {
    number(strings.length);
    const content = Buffer.from(text);
    strings.push(
      ...(content.length < 128 ? [content.length] : [(content.length & 127) | 128, content.length >> 7]),
    );
    strings.push(...content);
  };
  number(0);
  number(packages.length);
  for (const [directory] of packages) {
    string(directory);
    number(0);
  }
  for (const [place, [directory, path]] of packages.entries()) {
    at(20 + 8 * place + 4, bytes.length);
    for (const text of ["", directory]) string(text);
    number(1);
    number(bytes.length + 4);
    for (const text of ["", "", "About it.", "a.go", "a"]) string(text);
    for (const value of [0, 0]) number(value);
    for (const text of ["", ""]) string(text);
    number(0);
    number(path === undefined ? 0 : 1);
    if (path !== undefined) for (const text of ["fmt", path]) string(text);
    if (path !== undefined) for (const value of [1, 2, 3]) number(value);
    number(0);
    number(0);
  }
  at(12, bytes.length);
  return Uint8Array.from([...bytes, ...strings, 0xff]);
}

const long = `/m/${"x".repeat(200)}`;

test.each([
  ["a package that imports something", [["a/b", "/m/a/b/a.go"]], "/m/a/b"],
  ["a long path", [["a", `${long}/a/a.go`]], `${long}/a`],
  ["a package that imports nothing", [["a/b"]], "a/b"],
  ["a module", [[""], ["a/b", "/m/a/b/a.go"]], "/m"],
  ["a module whose root imports something", [["", "/m/a.go"], ["a"]], "/m"],
  ["a module that imports nothing", [[""], ["a"]], ""],
] as const)("the index of %s", (_, packages, directory) => {
  expect(head(index(packages))).toBe(`go index v2\n${directory}`);
});

test("an index that is cut has no directory", () => {
  const body = index([["a/b", "/m/a/b/a.go"]]);
  for (const length of [12, 15, 16, 30, body.length - 40])
    expect(head(body.slice(0, length))).toBe("go index v2\n");
});

test("an index that names the same files for each package isn't read for ever", () => {
  const many = 20_000;
  const places = 20 + 8 * many;
  const file = places + 4 * (3 + many);
  const body = Buffer.alloc(file + 100);
  body.write("go index v2\n");
  body.writeUInt32LE(file, 12);
  body.writeUInt32LE(many, 16);
  body.writeUInt32LE(many, places + 8);
  for (let at = 0; at < many; at++) {
    body.writeUInt32LE(places, 24 + 8 * at);
    body.writeUInt32LE(file, places + 12 + 4 * at);
  }
  expect(head(body)).toBe("go index v2\n");
});
