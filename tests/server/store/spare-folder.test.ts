import { expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { Directories } from "../../../src/server/store/directories.ts";
import { SpareFolder } from "../../../src/server/store/spare-folder.ts";
import { action, bodyOf, sha256 } from "../client-bytes.ts";
import { TempDirectory } from "../temp-directory.ts";

/** Runs with a TMPDIR of its own. */
function inTemp(work: (temp: string) => void): void {
  using directory = new TempDirectory();
  const { TMPDIR } = process.env;
  process.env.TMPDIR = directory.path;
  try {
    work(directory.path);
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}

function newFolder(): SpareFolder {
  return new SpareFolder(new Directories(() => {}));
}

/** Puts a body into a spare folder. Returns its path. */
function keep(folder: SpareFolder, body: Uint8Array): string {
  const file = folder.create(body.length);
  file.write(body);
  const outputID = sha256(body);
  const diskPath = folder.place(outputID.toHex());
  file.commit(diskPath);
  folder.note(action("a").toHex(), { outputID, size: body.length, diskPath });
  return diskPath;
}

/** The name of a spare folder left by a process that no longer runs: no process has this id. */
const abandoned = "cacheprogw-spare-4194305-abcdef";

test("creates a spare folder that only this user may open, and removes it", () => {
  inTemp((temp) => {
    const folder = newFolder();
    expect(readdirSync(temp)).toEqual([]);
    const path = keep(folder, bodyOf(5));
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(folder.get(action("a").toHex())).toMatchObject({ size: 5, diskPath: path });
    folder.remove();
    expect(readdirSync(temp)).toEqual([]);
    expect(folder.get(action("a").toHex())).toBeUndefined();
    folder.remove();
  });
});

test("a spare body that is gone or damaged is a miss (null); a forgotten action is undefined", () => {
  inTemp(() => {
    const folder = newFolder();
    const path = keep(folder, bodyOf(5));
    chmodSync(path, 0o600);
    truncateSync(path, 4);
    expect(folder.get(action("a").toHex())).toBeNull();
    rmSync(path);
    expect(folder.get(action("a").toHex())).toBeNull();
    folder.forget(action("a").toHex());
    expect(folder.get(action("a").toHex())).toBeUndefined();
    folder.remove();
  });
});

test("keeps a foreign file in a spare folder, and the folder with it", () => {
  inTemp((temp) => {
    const folder = newFolder();
    const path = keep(folder, bodyOf(5));
    writeFileSync(join(path, "..", "notes"), "");
    folder.remove();
    expect(readdirSync(temp, { recursive: true }).sort()).toEqual([
      expect.stringContaining("cacheprogw-spare-"),
      expect.stringContaining("/notes"),
    ]);
  });
});

test("refuses a body larger than a sixteenth of the free space, to leave room for go and later bodies", () => {
  inTemp((temp) => {
    const folder = newFolder();
    const { bavail, bsize } = statfsSync(temp);
    expect(() => folder.create(bavail * bsize)).toThrow(/^\/.* has only \d+ bytes left$/);
    // Other processes change the free space, so don't test close to a sixteenth.
    expect(() => folder.create((bavail * bsize) / 12)).toThrow("bytes left");
    folder.create((bavail * bsize) / 20).discard();
    folder.remove();
  });
});

test("removes only the folders of killed processes that are an hour old", () => {
  inTemp((temp) => {
    const own = `${"0".repeat(64)}-d`;
    const others = [
      "cacheprogw-spare-4194305-abcde",
      `x${abandoned}`,
      abandoned.replace("abcdef", "fresh0"),
      abandoned.replace("4194305", `${process.ppid}`),
    ];
    for (const name of [abandoned, ...others]) {
      mkdirSync(join(temp, name));
      writeFileSync(join(temp, name, own), "");
      if (!name.endsWith("fresh0")) utimesSync(join(temp, name), 1, 1);
    }
    symlinkSync(join(temp, `x${abandoned}`), join(temp, abandoned.replace("abcdef", "linked")));
    const folder = newFolder();
    keep(folder, bodyOf(5));
    folder.remove();
    expect(readdirSync(temp).sort()).toEqual([...others, abandoned.replace("abcdef", "linked")].sort());
    for (const name of others) expect(readdirSync(join(temp, name))).toEqual([own]);
  });
});

test("creates its folder again, for this user alone, after a TMPDIR cleaner removed it", () => {
  inTemp((temp) => {
    const folder = newFolder();
    const lost = keep(folder, bodyOf(5));
    rmSync(join(lost, ".."), { recursive: true });
    expect(folder.get(action("a").toHex())).toBeNull();
    const path = keep(folder, bodyOf(6));
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(folder.get(action("a").toHex())).toMatchObject({ size: 6 });
    folder.remove();
    expect(readdirSync(temp)).toEqual([]);
  });
});

test("works in a TMPDIR that can be written but not listed", () => {
  inTemp((temp) => {
    chmodSync(temp, 0o333);
    const source = resolve(import.meta.dir, "../../../src/server");
    const script = `
      import { Directories } from ${JSON.stringify(`${source}/store/directories.ts`)};
      import { SpareFolder } from ${JSON.stringify(`${source}/store/spare-folder.ts`)};
      const folder = new SpareFolder(new Directories(() => {}));
      if (process.getuid() === 0) process.setuid(65534); // root may list any directory
      const file = folder.create(3);
      file.discard();
      folder.remove();
      console.log("created");
    `;
    const env = { ...process.env, TMPDIR: temp };
    const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { env });
    chmodSync(temp, 0o700);
    expect(stdout.toString()).toBe("created\n");
    expect(readdirSync(temp)).toEqual([]);
  });
});

test("removes the spare folder when the program exits without closing the store", () => {
  inTemp((temp) => {
    const source = resolve(import.meta.dir, "../../../src/server");
    const script = `
      import { Directories } from ${JSON.stringify(`${source}/store/directories.ts`)};
      import { SpareFolder } from ${JSON.stringify(`${source}/store/spare-folder.ts`)};
      const file = new SpareFolder(new Directories(() => {})).create(3);
      file.write(new Uint8Array(3));
      console.log(require("node:fs").readdirSync(process.env.TMPDIR).length);
    `;
    const env = { ...process.env, TMPDIR: temp };
    const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { env });
    expect(stdout.toString()).toBe("1\n");
    expect(readdirSync(temp)).toEqual([]);
  });
});
