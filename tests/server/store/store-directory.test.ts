import { expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ArgumentError, CacheProgError } from "../../../src/errors.ts";
import { DiskStore } from "../../../src/server/index.ts";
import { action, bodyOf } from "../client-bytes.ts";
import { putWhole as put } from "../store-puts.ts";
import { TempDirectory } from "../temp-directory.ts";

const ownTemporary = "1234-01234567-89ab-cdef-0123-456789abcdef-0";
const entry = `ab${"0".repeat(62)}-a`;
/** Source: cmd/go/internal/cache/default.go */
const goReadme = `This directory holds cached build artifacts from the Go build system.
Run "go clean -cache" if the directory is getting too large.
`;

/** A directory with these files. A path that ends with a slash is a directory. */
function directoryOf(...paths: string[]): TempDirectory {
  const directory = new TempDirectory();
  for (const path of paths) {
    const place = join(directory.path, path);
    mkdirSync(path.endsWith("/") ? place : join(place, ".."), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(place, path === "README" ? goReadme : path);
  }
  return directory;
}

/** Makes every file in a directory old enough to be removed as an abandoned temporary file. */
function age(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }))
    if (lstatSync(join(directory, name)).isFile()) utimesSync(join(directory, name), 1, 1);
}

function everythingIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
}

function refusalOf(path: string): CacheProgError {
  try {
    DiskStore.open(path);
  } catch (error) {
    if (error instanceof CacheProgError) return error;
    throw error;
  }
  return expect.unreachable();
}

const stores: [what: string, paths: string[]][] = [
  ["nothing", []],
  ["what a file system creates in its root", ["lost+found/"]],
  ["files of a file manager and of git", [".DS_Store", ".gitignore", "CACHEDIR.TAG"]],
  ["entries and the folder for temporary files, as created by 0.1.0", [`ab/${entry}`, "tmp/"]],
  ["entries and nothing else", [`ab/${entry}`]],
  ["only the folder for temporary files", ["tmp/"]],
  ["a temporary file of a killed put", [`tmp/${ownTemporary}`]],
  ["directories emptied by a cleaner", ["ab/", "cd/"]],
  ["entries and somebody's note", [`ab/${entry}`, "notes.txt"]],
  ["entries, and files in place of a directory and of tmp", [`ab/${entry}`, "cd", "tmp"]],
];
test.each(stores)("opens a directory with %s, and puts into it", (_what, paths) => {
  using directory = directoryOf(...paths);
  const store = DiskStore.open(directory.path, { warn: () => {} });
  put(store, action("a"), bodyOf(5));
  expect(store.get({ id: 1, actionID: action("a") })).toMatchObject({ size: 5 });
  for (const path of paths.filter((each) => each !== "cd" && each !== "tmp"))
    expect(existsSync(join(directory.path, path))).toBe(true);
});

test("a directory that was opened once stays a store, whatever is added to it", () => {
  using directory = new TempDirectory();
  DiskStore.open(directory.path);
  mkdirSync(join(directory.path, "actions"));
  expect(DiskStore.open(directory.path).directory).toBe(directory.path);
  expect(readFileSync(join(directory.path, "CACHEDIR.TAG"), "utf8")).toStartWith(
    "Signature: 8a477f597d28d172789f06886806bc55\n",
  );
});

const others: [what: string, paths: string[], shown: string][] = [
  ["a project", ["package.json", "src/main.ts", "tmp/notes"], '"package.json", "src"'],
  ["a project with an empty tmp", ["go.mod", "tmp/"], '"go.mod"'],
  ["a home directory", [".bashrc", ".profile", ".ssh/"], '".bashrc", ".profile", ".ssh"'],
  ["a tmp with somebody's files", ["tmp/session"], '"tmp"'],
  ["git objects", ["ab/0123", "info/", "pack/"], '"info", "pack"'],
  ["another cache with two-digit directories", ["ab/cdef", "cd/"], '"ab", "cd"'],
  ["files with two-digit names", ["aa", "ab"], '"aa", "ab"'],
  ["five files", ["d", "b", "c", "a1x", "e"], '"a1x", "b", "c" and 2 more'],
  ["another cache's CACHEDIR.TAG", ["CACHEDIR.TAG", "data/"], '"data"'],
];
test.each(others)("refuses a directory with %s, and leaves it alone", (_what, paths, shown) => {
  using directory = directoryOf(...paths);
  age(directory.path);
  const before = everythingIn(directory.path);
  expect(refusalOf(directory.path)).toMatchObject({
    code: "STORE_FAILED",
    message: `${directory.path} isn't a store: it holds ${shown}; expected a store, an empty directory, or a path where none is`,
  });
  expect(everythingIn(directory.path)).toEqual(before);
});

test("refuses go's own cache, although its entries have the same names", () => {
  using directory = directoryOf("README", "trim.txt", `ab/${entry}`, "cd/");
  expect(refusalOf(directory.path).message).toBe(
    `${directory.path} is go's own build cache, whose entries have the same names and another format; expected a directory for this store alone`,
  );
  // Also refused: a store that go has used as its own cache since.
  using both = new TempDirectory();
  put(DiskStore.open(both.path), action("a"), bodyOf(5));
  writeFileSync(join(both.path, "README"), goReadme);
  expect(refusalOf(both.path).message).toContain("is go's own build cache");
});

test("open removes temporary files an hour after their put was killed, and no file with another name", () => {
  const names = ["1-old", "notes", `${ownTemporary}.txt`, `x${ownTemporary}`, "tmp.aside", entry];
  using directory = directoryOf(`tmp/${ownTemporary}`, ...names.map((name) => `tmp/${name}`), `ab/${entry}`);
  using elsewhere = directoryOf(ownTemporary);
  const temp = join(directory.path, "tmp");
  const younger = ownTemporary.replace(/0$/, "1");
  writeFileSync(join(temp, younger), "");
  const minutesAgo = (minutes: number) => Date.now() / 1000 - minutes * 60;
  for (const name of [ownTemporary, ...names]) utimesSync(join(temp, name), minutesAgo(61), minutesAgo(61));
  utimesSync(join(temp, younger), minutesAgo(59), minutesAgo(59));
  mkdirSync(join(temp, ownTemporary.replace(/0$/, "2")));
  const link = join(temp, ownTemporary.replace(/0$/, "3"));
  symlinkSync(join(elsewhere.path, ownTemporary), link);
  lutimesSync(link, 1, 1);
  age(elsewhere.path);
  DiskStore.open(directory.path);
  const kept = [...names, ...[1, 2, 3].map((at) => ownTemporary.replace(/0$/, `${at}`))];
  expect(readdirSync(temp).sort()).toEqual(kept.sort());
  expect(readdirSync(elsewhere.path)).toEqual([ownTemporary]);
});

test("never removes or writes files through a tmp that is a link", () => {
  using elsewhere = directoryOf(ownTemporary, "notes");
  age(elsewhere.path);
  using directory = directoryOf(`ab/${entry}`);
  const temp = join(directory.path, "tmp");
  symlinkSync(elsewhere.path, temp);
  const warnings: string[] = [];
  const store = DiskStore.open(directory.path, { warn: (line) => warnings.push(line) });
  expect(everythingIn(elsewhere.path)).toEqual([ownTemporary, "notes"]);
  put(store, action("a"), bodyOf(5));
  expect(store.get({ id: 1, actionID: action("a") })).toMatchObject({ size: 5 });
  expect(everythingIn(elsewhere.path)).toEqual([ownTemporary, "notes"]);
  expect(lstatSync(temp).isDirectory()).toBe(true);
  const aside = readdirSync(directory.path).find((name) => name.startsWith("tmp.aside-")) ?? "";
  expect(lstatSync(join(directory.path, aside)).isSymbolicLink()).toBe(true);
  expect(warnings).toEqual([
    `cacheprogw: ${temp} was in the way of a file of the store; renamed to ${join(directory.path, aside)}`,
  ]);
  // The next open accepts the renamed tmp as part of the store.
  expect(DiskStore.open(directory.path).get({ id: 1, actionID: action("a") })).not.toBeNull();
});

test("refuses an invalid path, and a relative one in a deleted working directory", () => {
  for (const path of ["", "a\0b", "\ud800"]) expect(() => DiskStore.open(path)).toThrow(ArgumentError);
  expect(() => DiskStore.open("a\0b")).toThrow(
    'the directory of a store is "a\\u0000b"; expected a path without NUL and without half of a surrogate pair',
  );
  using directory = new TempDirectory();
  const gone = join(directory.path, "gone");
  mkdirSync(gone);
  // In a process of its own: the working directory is that of all tests in a process.
  const script = `
    import { rmdirSync } from "node:fs";
    import { DiskStore } from ${JSON.stringify(join(import.meta.dir, "../../../src/server/index.ts"))};
    process.chdir(${JSON.stringify(gone)});
    rmdirSync(${JSON.stringify(gone)});
    try {
      DiskStore.open("store");
    } catch ({ code, message }) {
      console.log(code, message);
    }
  `;
  expect(Bun.spawnSync([process.execPath, "-e", script]).stdout.toString()).toBe(
    "STORE_FAILED the store in store can't be opened: the working directory was deleted; expected an absolute path\n",
  );
});
