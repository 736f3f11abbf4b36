import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { once } from "../../../src/cli/check/report-files.ts";
import { checkTarget } from "../../../src/cli/files/file-target.ts";
import { replaceFile } from "../../../src/cli/files/replace-file.ts";
import { Sandbox, scripted } from "../sandbox.ts";

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw new Error("the source failed");
}

test("a body that fails halfway leaves the old file, and no temporary one", async () => {
  using sandbox = new Sandbox();
  const old = sandbox.write("old", "old");
  await expect(replaceFile(old, failing())).rejects.toThrow("the source failed");
  await expect(replaceFile(join(sandbox.cwd, "new"), failing())).rejects.toThrow("the source failed");
  expect(sandbox.read("old").toString()).toBe("old");
  expect(readdirSync(sandbox.cwd)).toEqual(["old"]);
});

test("a process that exits halfway leaves the old file, and no temporary one", () => {
  using sandbox = new Sandbox();
  sandbox.write("old", "old");
  const script = `
    import { replaceFile } from ${JSON.stringify(resolve(import.meta.dir, "../../../src/cli/files/replace-file.ts"))};
    import { readdirSync } from "node:fs";
    async function* body() {
      yield Buffer.from("half");
      console.log(readdirSync(".").length);
      process.exit(7);
    }
    await replaceFile("old", body());
  `;
  const { exitCode, stdout } = Bun.spawnSync([process.execPath, "-e", script], { cwd: sandbox.cwd });
  expect({ exitCode, files: stdout.toString() }).toEqual({ exitCode: 7, files: "2\n" });
  expect(sandbox.read("old").toString()).toBe("old");
  expect(readdirSync(sandbox.cwd)).toEqual(["old"]);
});

/** Checks and replaces a file, as commands do. */
async function write(path: string, text: string): Promise<void> {
  await checkTarget(path);
  await replaceFile(path, once(text));
}

test("symbolic links are followed, even to a missing file, and stay links", async () => {
  using sandbox = new Sandbox();
  mkdirSync(join(sandbox.cwd, "elsewhere"));
  const old = sandbox.write("elsewhere/old", "old");
  for (const [name, leadsTo] of [
    ["absolute", join(sandbox.cwd, "elsewhere/new")],
    ["relative", "elsewhere/other"],
    ["chain", "relative"],
    ["present", old],
  ] as const) {
    const link = join(sandbox.cwd, name);
    symlinkSync(leadsTo, link);
    await write(link, name);
    expect({ name, isLink: lstatSync(link).isSymbolicLink() }).toEqual({ name, isLink: true });
    expect(readFileSync(resolve(sandbox.cwd, leadsTo), "utf8")).toBe(name);
  }
  expect(readdirSync(join(sandbox.cwd, "elsewhere")).toSorted()).toEqual(["new", "old", "other"]);
});

test(".. after a linked directory is the parent of its target, not of the link", async () => {
  using sandbox = new Sandbox();
  for (const folder of ["a", "b/c"]) mkdirSync(join(sandbox.cwd, folder), { recursive: true });
  symlinkSync(join(sandbox.cwd, "b/c"), join(sandbox.cwd, "a/linked"));
  symlinkSync("../through-file", join(sandbox.cwd, "b/c/file"));
  await write(`${sandbox.cwd}/a/linked/file`, "1");
  await write(`${sandbox.cwd}/a/linked/../given`, "2");
  expect(readdirSync(join(sandbox.cwd, "b")).toSorted()).toEqual(["c", "given", "through-file"]);
  expect(readdirSync(join(sandbox.cwd, "a"))).toEqual(["linked"]);
});

test("a link to itself, or into a missing directory, is refused before anything is started", async () => {
  using sandbox = new Sandbox();
  const [circle, lost] = [join(sandbox.cwd, "circle"), join(sandbox.cwd, "lost")];
  symlinkSync("circle", circle);
  symlinkSync("nowhere/file", lost);
  await expect(checkTarget(circle)).rejects.toThrow("it is a symbolic link that leads to itself");
  await expect(checkTarget(lost)).rejects.toThrow(`there is no directory ${join(sandbox.cwd, "nowhere")}`);
});

test.skipIf(!existsSync("/dev/shm"))("a file in /dev/shm is replaced like any other", async () => {
  const folder = mkdtempSync("/dev/shm/cacheprogw-");
  try {
    const path = join(folder, "report");
    for (const text of ["a long text", "short"]) await write(path, text);
    expect(readFileSync(path, "utf8")).toBe("short");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const mounts = new Sandbox();
/** A read-only directory with a bind-mounted file in it, as in a container. */
const mounted = join(mounts.path, "mounted/report");
const isMounted = mountReport();
afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", "-R", dirname(mounted)]);
  mounts[Symbol.dispose]();
});

function mountReport(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || Bun.which("mount") === null) return false;
  const [folder, file] = [dirname(mounted), mounts.write("outside", "what was there")];
  mkdirSync(folder);
  writeFileSync(mounted, "");
  const mount = (...args: string[]) => Bun.spawnSync(["mount", ...args]).success;
  return (
    mount("--bind", folder, folder) &&
    mount("-o", "remount,ro,bind", folder) &&
    mount("--bind", file, mounted)
  );
}

test.skipIf(!isMounted)(
  "a file that can be written but not replaced is overwritten once the content is complete (needs Linux and root, to mount)",
  async () => {
    await expect(replaceFile(mounted, failing())).rejects.toThrow("the source failed");
    expect(mounts.read("outside").toString()).toBe("what was there");
    for (const text of ["a longer text than what was there", "short"]) {
      await write(mounted, text);
      expect(mounts.read("outside").toString()).toBe(text);
    }
    await expect(checkTarget(join(dirname(mounted), "new"))).rejects.toThrow("EROFS: read-only file system");
  },
);

test("if one report can't be written, the others are, and one line names it", async () => {
  using sandbox = new Sandbox();
  const program = scripted(`hello(); for (const { ID } of requests()) say({ ID, Miss: true })`);
  const { code, stderr, stdout } = await sandbox.run([
    ...["check", "handshake/hello"],
    ...["--report", "json=/dev/full", "--report", "junit=report.xml", "--report", "tap"],
    ...program,
  ]);
  expect(code).toBe(3);
  expect(stderr).toEndWith("\ncacheprogw: can't write /dev/full: ENOSPC: no space left on device\n");
  expect(sandbox.read("report.xml").toString()).toContain("handshake/hello");
  expect(stdout.toString()).toStartWith("TAP version 14\n");
});

test("all files are written even if the reader of stdout is gone", async () => {
  using sandbox = new Sandbox();
  const { command, cwd, env } = sandbox;
  const program = scripted(`hello(); for (const { ID } of requests()) say({ ID, Miss: true })`);
  const reports = ["--report", "tap", "--report", "json=report.json"];
  const child = Bun.spawn([...command, "check", "handshake/hello", ...reports, ...program], {
    cwd,
    env,
    stdout: "pipe",
    stderr: "ignore",
  });
  await child.stdout.cancel();
  await child.exited;
  expect(child.exitCode).toBe(141);
  expect(JSON.parse(sandbox.read("report.json").toString())).toMatchObject({ outcome: "passed" });
});

test("nothing is written from a deleted working directory, even if a new directory has its name", async () => {
  using sandbox = new Sandbox();
  const script = `
    import { mkdirSync, rmdirSync } from "node:fs";
    import { checkTarget } from ${JSON.stringify(resolve(import.meta.dir, "../../../src/cli/files/file-target.ts"))};
    import { replaceFile } from ${JSON.stringify(resolve(import.meta.dir, "../../../src/cli/files/replace-file.ts"))};
    await checkTarget("report");
    rmdirSync(process.env.GONE);
    mkdirSync(process.env.GONE);
    async function* body() { yield Buffer.from("text"); }
    await replaceFile("report", body()).catch(({ message }) => console.log(message));
    await checkTarget("report").catch(({ message }) => console.log(message));
  `;
  const gone = join(sandbox.path, "gone");
  mkdirSync(gone);
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script], {
    cwd: gone,
    env: { ...sandbox.env, GONE: gone },
  });
  expect(stdout.toString()).toMatch(/^can't write report: ENOENT: .*\ncan't write report: .*\n$/);
  expect(readdirSync(gone)).toEqual([]);
});
