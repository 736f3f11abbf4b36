import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskStore } from "../../../src/server/index.ts";
import { TrimLock } from "../../../src/server/store/trim/trim-lock.ts";
import { bodyOf } from "../../server/client-bytes.ts";
import { day, files, hour, putAgo } from "../../server/store/trim/aged-store.ts";
import { Sandbox } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());
let made = 0;

/** A store of two entries used two days ago, two 40 days ago, and one used now. */
function makeStore(): string {
  const directory = join(sandbox.path, `store ${made++}`);
  const store = DiskStore.open(directory);
  for (const [at, ago] of [2 * day, 2 * day, 40 * day, 40 * day, 0].entries())
    putAgo(store, `${at}`, bodyOf(100 * at, at + 1), ago);
  store.close();
  return directory;
}

async function run(...args: string[]) {
  const { stdout, ...ended } = await sandbox.run(args);
  return { ...ended, stdout: stdout.toString() };
}

const clean = { code: 0, signal: null, stderr: "" };

test("stats counts a store, by the age of its entries, and says what clean would remove", async () => {
  const directory = makeStore();
  const { stdout, ...ended } = await run("stats", "--dir", directory);
  expect(ended).toEqual(clean);
  expect(stdout).toMatch(/^entries {5}5\nbodies {6}5\non disk {5}[\d.]+ KiB, for 2\.\d KiB of content\n/m);
  expect(stdout).toMatch(/^last use {4}\d seconds? ago\noldest use {2}40 days ago\n/m);
  expect(stdout).toMatch(/^in the last 7 days {2,}2 {2,}2 /m);
  expect(stdout).toMatch(/^earlier {2,}2 {2,}2 /m);
  expect(stdout).toMatch(/^clean would remove 2 entries and 2 bodies, [\d.]+ KiB\n$/m);
});

test("stats --json prints one line, and so does clean --json", async () => {
  const directory = makeStore();
  const counted = await run("stats", "--dir", directory, "--max-age", "1d", "--json");
  expect(counted).toMatchObject(clean);
  expect(counted.stdout).toEndWith("}\n");
  expect(counted.stdout.split("\n")).toHaveLength(2);
  const five = { entries: 5, bodies: 5, diskBytes: expect.any(Number) };
  const four = { entries: 4, bodies: 4, diskBytes: expect.any(Number) };
  const one = { entries: 1, bodies: 1, diskBytes: expect.any(Number) };
  expect(JSON.parse(counted.stdout)).toMatchObject({
    directory,
    ...five,
    bytes: files(directory).reduce((sum, { path }) => sum + statSync(path).size, 0),
    oldestUse: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    ages: [
      { usedBefore: 0, usedWithin: hour, ...one },
      { usedBefore: hour, usedWithin: day, entries: 0 },
      { usedBefore: day, usedWithin: 7 * day, entries: 2 },
      { usedBefore: 7 * day, usedWithin: 30 * day, entries: 0 },
      { usedBefore: 30 * day, usedWithin: null, entries: 2 },
    ],
    unused: { entries: 0, bodies: 0, diskBytes: 0 },
    wouldRemove: four,
  });
  const cleaned = await run("clean", "--dir", directory, "--max-age=1d", "--json");
  expect(cleaned).toMatchObject(clean);
  expect(JSON.parse(cleaned.stdout)).toEqual({ directory, dryRun: false, removed: four, kept: one });
});

test("clean removes what is above a limit; --dry-run removes nothing; --all removes everything", async () => {
  const directory = makeStore();
  const wouldRemove = await run("clean", "-d", directory, "-n", "--max-age", "1w");
  expect(wouldRemove.stdout).toMatch(
    /^would remove 2 entries and 2 bodies, .*; keep 3 entries and 3 bodies, .*\n$/,
  );
  expect(files(directory)).toHaveLength(10);
  const removed = await run("clean", "-d", directory, "--max-age", "1w");
  expect(removed.stdout).toBe(
    wouldRemove.stdout.replace("would remove", "removed").replace("; keep", "; kept"),
  );
  expect(files(directory)).toHaveLength(6);
  const small = await run("clean", "-d", directory, "--max-size", "1KiB");
  expect(small).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^removed 2 entries and 2 bodies/),
    stderr: expect.stringMatching(/ is above the limit of 1\.0 KiB: it was used in the last 24 hours\n$/),
  });
  expect((await run("clean", "-d", directory, "--all")).stdout).toMatch(/^removed 1 entry and 1 body, /);
  expect(files(directory)).toEqual([]);
  expect(readdirSync(directory)).toEqual(expect.arrayContaining(["CACHEDIR.TAG", "tmp", "trim.txt"]));
  expect(await run("clean", "-d", directory)).toMatchObject({
    ...clean,
    stdout: expect.stringMatching(/^removed 0 /),
  });
});

test("a missing or empty directory has nothing to count or clean, and nothing is created", async () => {
  const empty = join(sandbox.path, "empty");
  mkdirSync(empty);
  const missing = join(sandbox.path, "missing");
  for (const directory of [empty, missing]) {
    for (const args of [["stats"], ["clean"], ["clean", "--all"]])
      expect(await run(...args, "--dir", directory)).toMatchObject({
        ...clean,
        stdout: expect.stringMatching(/removed? 0 entries and 0 bodies, 0 bytes/),
      });
  }
  expect(readdirSync(empty)).toEqual([]);
  expect(existsSync(missing)).toBe(false);
});

test("a directory that isn't a store is refused, and so are go's own cache and a store that is being cleaned", async () => {
  const foreign = join(sandbox.path, "foreign");
  mkdirSync(foreign);
  writeFileSync(join(foreign, "notes"), "mine");
  const goCache = join(sandbox.path, "go-build");
  mkdirSync(join(goCache, "00"), { recursive: true });
  writeFileSync(
    join(goCache, "README"),
    "This directory holds cached build artifacts from the Go build system.\n",
  );
  for (const command of ["stats", "clean"]) {
    const refused = await run(command, "--dir", foreign);
    expect(refused).toMatchObject({
      code: 3,
      stdout: "",
      stderr: expect.stringContaining("isn't a store: it holds"),
    });
    const theirs = await run(command, "--dir", goCache);
    expect(theirs).toMatchObject({
      code: 3,
      stdout: "",
      stderr: expect.stringContaining("go's own build cache"),
    });
    const file = await run(command, "--dir", join(foreign, "notes"));
    expect(file).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("it is a file") });
  }
  expect(readFileSync(join(foreign, "notes"), "utf8")).toBe("mine");
  const directory = makeStore();
  using _ = TrimLock.take(directory);
  expect(await run("clean", "--dir", directory)).toMatchObject({
    code: 3,
    stderr: `cacheprogw: ${directory} is being cleaned by another process; wait until trim.lock in it is gone\n`,
  });
  expect((await run("stats", "--dir", directory)).code).toBe(0);
});

test.each([
  [
    "--max-size=10G",
    'option --max-size is "10G"; expected a size above 0, such as 10GiB, 500MB or 1048576 (bytes), or none',
  ],
  ["--max-size=0", /^cacheprogw: option --max-size is "0"; expected a size above 0/],
  ["--max-size=-5MiB", /^cacheprogw: option --max-size is "-5MiB"; expected/],
  ["--max-size=9e9GiB", /^cacheprogw: option --max-size is "9e9GiB"; expected/],
  ["--max-size=99999999TiB", /^cacheprogw: option --max-size is "99999999TiB"; expected/],
  ["--max-age=30", 'option --max-age is "30"; expected an age above 0, such as 90m, 12h, 30d or 4w, or none'],
  ["--max-age=30 days", /^cacheprogw: option --max-age is "30 days"; expected/],
  ["--max-age=0d", /^cacheprogw: option --max-age is "0d"; expected/],
])("%s is a usage error that shows the forms", async (option, message) => {
  const see = (command: string) => `\nSee: cacheprogw ${command} --help\n`;
  for (const command of ["serve", "stats", "clean"]) {
    const { code, stdout, stderr } = await run(command, option);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    if (typeof message === "string") expect(stderr).toBe(`cacheprogw: ${message}${see(command)}`);
    else expect(stderr).toMatch(message);
  }
});

test.each(["1", "1.5KiB", "3kB", "3 MB", "4gib", "2TiB", "none"])("--max-size takes %s", async (size) => {
  expect((await run("stats", "--dir", join(sandbox.path, "missing"), "--max-size", size)).code).toBe(0);
});

test.each([
  [["clean", "--all", "--max-age=1d"], "--all and --max-age contradict each other; expected one of them"],
  [
    ["stats", "--", "program"],
    "stats works on the files of a store and starts no program; remove -- and what follows it",
  ],
  [
    ["clean", "--", "program"],
    "clean works on the files of a store and starts no program; remove -- and what follows it",
  ],
])("%j is a usage error", async (args, message) => {
  expect(await run(...args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
});

test("serve starts clean when a trim is due, after the last response, and doesn't wait for it", async () => {
  const directory = makeStore();
  writeFileSync(join(directory, "trim.txt"), "v1 1 5\n");
  const { stdout, ...ended } = await run("serve", "--dir", directory, "--max-age", "36h");
  expect({ ...ended, hello: stdout }).toMatchObject({ ...clean, hello: expect.stringMatching(/^\{.*\}\n$/) });
  // The turn is taken before the trim, so the file's time isn't a sign of its end. Its size is.
  await until(() => /^v1 \d+ (?!5\n)/.test(readFileSync(join(directory, "trim.txt"), "latin1")));
  expect(files(directory)).toHaveLength(2);
  await until(() => !existsSync(join(directory, "trim.lock")));
});

/** Nothing tells of the end of a process that nobody waits for. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}
