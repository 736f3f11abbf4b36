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

/** Puts a body into a spare folder. Returns where it is. */
function keep(folder: SpareFolder, body: Uint8Array): string {
  const file = folder.create(body.length);
  file.write(body);
  const outputID = sha256(body);
  const diskPath = folder.place(outputID.toHex());
  file.commit(diskPath);
  folder.note(action("a").toHex(), { outputID, size: body.length, diskPath });
  return diskPath;
}

/** The name of a folder that a process with a number that none has left behind. */
const abandoned = "cacheprogw-spare-4194305-abcdef";

test("a spare folder is for this user alone, and gone after its removal", () => {
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

test("what was put last counts although its file is gone or damaged: a miss, and not what the store has", () => {
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

test("a file that somebody else put into a spare folder stays, and the folder with it", () => {
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

test("no body takes more than a sixteenth of the room, so that go and the next bodies have some", () => {
  inTemp((temp) => {
    const folder = newFolder();
    const { bavail, bsize } = statfsSync(temp);
    expect(() => folder.create(bavail * bsize)).toThrow(/^\/.* has only \d+ bytes left$/);
    // Others use the disk as well.
    expect(() => folder.create((bavail * bsize) / 12)).toThrow("bytes left");
    folder.create((bavail * bsize) / 20).discard();
    folder.remove();
  });
});

test("the folder of a process that was killed is removed when it's an hour old, and no other", () => {
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

test("a folder that a cleaner of TMPDIR has removed is made anew, for this user alone", () => {
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

test("a TMPDIR that can be written but not listed is good enough", () => {
  inTemp((temp) => {
    chmodSync(temp, 0o333);
    const source = resolve(import.meta.dir, "../../../src/server");
    const script = `
      import { Directories } from ${JSON.stringify(`${source}/store/directories.ts`)};
      import { SpareFolder } from ${JSON.stringify(`${source}/store/spare-folder.ts`)};
      const folder = new SpareFolder(new Directories(() => {}));
      if (process.getuid() === 0) process.setuid(65534); // root can list it all the same
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

test("a program that closes nothing leaves no spare folder behind when it ends", () => {
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
