import { expect, spyOn, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DiskStore } from "../../../src/server/index.ts";
import { BodyFiles } from "../../../src/server/store/body-files.ts";
import { putAside } from "../../../src/server/store/directories.ts";
import { entryLength, formatEntry, parseEntry, type StoreEntry } from "../../../src/server/store/entry.ts";
import { action, bodyOf } from "../client-bytes.ts";
import { putWhole as put } from "../store-puts.ts";
import { TempDirectory } from "../temp-directory.ts";

const key = action("a");
const hex = key.toHex();

/** Each creates something odd at a free path. */
const oddities: [what: string, make: (path: string) => void][] = [
  ["a FIFO that nobody writes to", (path) => pipe(path)],
  [
    "a link to a FIFO",
    (path) => {
      pipe(`${path}-pipe`);
      symlinkSync(`${path}-pipe`, path);
    },
  ],
  ["a socket", (path) => socket(path)],
  ["an empty directory", (path) => mkdirSync(path)],
  ["a directory with files", (path) => mkdirSync(join(path, "inner"), { recursive: true })],
  ["a link to an endless device", (path) => symlinkSync("/dev/zero", path)],
  ["a link to a directory", (path) => symlinkSync(".", path)],
  ["a link to nothing", (path) => symlinkSync("nothing", path)],
  ["a link to itself", (path) => symlinkSync(path, path)],
  ["a file", (path) => writeFileSync(path, "odd")],
];

function pipe(path: string): void {
  expect(Bun.spawnSync(["mkfifo", path]).success).toBe(true);
}

/** Creates a socket that nobody listens on. */
function socket(path: string): void {
  const name = `${path.slice(0, 60)}-s`; // a socket's path has at most 107 bytes
  const server = Bun.listen({ unix: name, socket: { data() {} } });
  renameSync(name, path);
  server.stop(true);
}

const places: [where: string, placeIn: (directory: string, diskPath: string) => string][] = [
  ["an entry's path", (directory) => join(directory, hex.slice(0, 2), `${hex}-a`)],
  ["a body's path", (_directory, diskPath) => diskPath],
  ["the path of an entry's directory", (directory) => join(directory, hex.slice(0, 2))],
  ["the path of a body's directory", (_directory, diskPath) => dirname(diskPath)],
  ["the path of the folder for temporary files", (directory) => join(directory, "tmp")],
];

for (const [where, placeIn] of places) {
  test.each(oddities.map(([what, make]) => [what, make, where] as const))(
    `%s at ${where} is at most a miss, and the next put repairs it`,
    (_what, make) => {
      for (const isOpen of [true, false]) {
        using directory = new TempDirectory();
        const first = DiskStore.open(directory.path, { warn: () => {} });
        const diskPath = put(first, key, bodyOf(67));
        put(first, action("b"), bodyOf(68));
        const place = placeIn(directory.path, diskPath);
        rmSync(place, { recursive: true });
        make(place);
        const store = isOpen ? first : DiskStore.open(directory.path, { warn: () => {} });
        if (!place.endsWith("tmp") && !lstatSync(place).isDirectory())
          expect(store.get({ id: 1, actionID: key })).toBeNull();
        // 69 is a new body: it's written even if the first one is still in place.
        for (const size of [67, 69]) {
          expect(readFileSync(put(store, key, bodyOf(size))).equals(bodyOf(size))).toBe(true);
          for (const reader of [store, DiskStore.open(directory.path)]) {
            const hit = reader.get({ id: 2, actionID: key });
            expect(hit).toMatchObject({ size });
            expect(hit?.diskPath).toStartWith(directory.path);
          }
        }
        expect(readdirSync(join(directory.path, "tmp")).filter((name) => name !== "inner")).toEqual([]);
      }
    },
  );
}

test("something in the way of a body is renamed in its directory and kept whole", () => {
  using directory = new TempDirectory();
  const warnings: string[] = [];
  const store = DiskStore.open(directory.path, { warn: (line) => warnings.push(line) });
  const body = put(store, key, bodyOf(67));
  rmSync(body);
  mkdirSync(body);
  writeFileSync(join(body, "precious"), "text");
  put(store, key, bodyOf(67));
  const aside = readdirSync(dirname(body)).find((name) => name.includes(".aside-")) ?? "";
  const now = join(dirname(body), aside);
  expect(readFileSync(join(now, "precious"), "utf8")).toBe("text");
  expect(warnings).toEqual([`cacheprogw: ${body} was in the way of a file of the store; renamed to ${now}`]);
});

test("putAside leaves a path alone that another process has repaired meanwhile", () => {
  using directory = new TempDirectory();
  const [file, folder] = [join(directory.path, "file"), join(directory.path, "folder")];
  writeFileSync(file, "a body that another process put here");
  mkdirSync(folder);
  expect(putAside(file, "directory")).toBeUndefined();
  expect(putAside(folder, "other")).toBeUndefined();
  expect(putAside(join(directory.path, "nothing"), "other")).toBeUndefined();
  expect(readdirSync(directory.path).sort()).toEqual(["file", "folder"]);
});

/** Fields that no put writes, in an entry with a correct checksum. */
const lies: [what: string, lie: Partial<StoreEntry>][] = [
  ["a time beyond the range of Temporal", { time: 8.64e15 + 1 }],
  ["a time beyond the year 9999", { time: Date.UTC(10_000, 0) }],
  ["NaN as time", { time: Number.NaN }],
  ["a time before 1970", { time: -1 }],
  ["a fraction of a millisecond as time", { time: 0.5 }],
  ["a negative size", { size: -1 }],
  ["NaN as size", { size: Number.NaN }],
  ["a size beyond the safe integers", { size: 2 ** 53 }],
  ["a fractional size", { size: 66.5 }],
  ["an OutputID that isn't hex", { outputID: "x".repeat(64) }],
  ["an OutputID that is a path", { outputID: `/${"../".repeat(20)}etc` }],
  ["an OutputID in upper case", { outputID: "AB".repeat(32) }],
  ["the id of another action", { actionID: "00".repeat(32) }],
];
test.each(lies)("an entry with %s is a miss, and the next put repairs it", (_what, lie) => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  put(store, key, bodyOf(67));
  const place = join(directory.path, hex.slice(0, 2), `${hex}-a`);
  const entry = parseEntry(readFileSync(place, "latin1")) ?? expect.unreachable();
  const text = formatEntry({ ...entry, ...lie });
  expect(text).toHaveLength(entryLength);
  writeFileSync(place, text);
  expect(store.get({ id: 1, actionID: key })).toBeNull();
  put(store, key, bodyOf(67));
  expect(store.get({ id: 1, actionID: key })).toMatchObject({ size: 67 });
});

test("a get finds a put of the same action that comes while it reads the former body, and doesn't undo it", () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const other = DiskStore.open(directory.path);
  // Touched, so that the get reads the body and rewrites the entry with its new signature.
  utimesSync(put(store, key, bodyOf(67)), 1, 1);
  const sound = spyOn(BodyFiles.prototype, "sound");
  try {
    sound.mockImplementationOnce(function (this: BodyFiles, ...args) {
      sound.mockRestore();
      const signature = this.sound(...args);
      put(other, key, bodyOf(68));
      return signature;
    });
    expect(DiskStore.open(directory.path).get({ id: 1, actionID: key })).toMatchObject({ size: 68 });
  } finally {
    sound.mockRestore();
  }
  expect(store.get({ id: 1, actionID: key })).toMatchObject({ size: 68 });
});
