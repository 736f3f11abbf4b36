import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Sandbox, scripted } from "../../cli/sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

async function check(...args: string[]) {
  const { code, stderr } = await sandbox.run(["check", ...args]);
  return { code, stderr };
}
const broken = scripted('hello(["get"]); for (const { ID } of requests()) say({ ID, Miss: true });');

test("--keep names the directory of a failed check, and --trace writes every message", async () => {
  const { code, stderr } = await check(
    "handshake/hello",
    "handshake/commands",
    "--keep=kept",
    "--trace=all.jsonl",
    ...broken,
  );
  expect(code).toBe(0);
  const kept = join(sandbox.cwd, "kept/handshake/commands");
  expect(stderr.replace(/\s+/g, "")).toContain(`Kept${kept}Rerun`);
  expect(readdirSync(join(sandbox.cwd, "kept/handshake"))).toEqual(["commands"]);
  const lines = (await Bun.file(join(sandbox.cwd, "all.jsonl")).text()).trim().split("\n");
  const checks = new Set(lines.map((line) => JSON.parse(line).check));
  expect([...checks].toSorted()).toEqual(["handshake/commands", "handshake/hello", null]);
});

test("a non-empty directory is rejected and left unchanged", async () => {
  mkdirSync(join(sandbox.cwd, "full"));
  sandbox.write("full/mine.txt", "mine");
  const { code, stderr } = await check("handshake/hello", "--keep=full", ...broken);
  expect(stderr).toContain("option --keep is full, which contains mine.txt; expected an empty directory");
  expect(code).toBe(2);
  expect(readdirSync(join(sandbox.cwd, "full"))).toEqual(["mine.txt"]);
});

test("if nothing fails, a new directory is removed again, and an existing one stays", async () => {
  mkdirSync(join(sandbox.cwd, "empty"));
  await check("handshake/hello", "--keep=new", ...broken);
  await check("handshake/hello", "--keep=empty", ...broken);
  expect(existsSync(join(sandbox.cwd, "new"))).toBe(false);
  expect(existsSync(join(sandbox.cwd, "empty"))).toBe(true);
});

test("--keep resolves symbolic links before .., and removes only the directory that it created", async () => {
  for (const folder of ["real/inner", "up"]) mkdirSync(join(sandbox.cwd, folder), { recursive: true });
  symlinkSync("real/inner", join(sandbox.cwd, "linked"));
  await check("handshake/hello", "--keep=linked/../up", ...broken);
  expect(existsSync(join(sandbox.cwd, "up"))).toBe(true);
  expect(readdirSync(join(sandbox.cwd, "real"))).toEqual(["inner"]);
  await check("handshake/commands", "--keep=linked/../up", ...broken);
  expect(readdirSync(join(sandbox.cwd, "real/up/handshake"))).toEqual(["commands"]);
});

test("an output that can't be written is reported before anything starts", async () => {
  const { code, stderr } = await check("handshake/hello", "--trace=absent/all.jsonl", ...broken);
  expect(stderr).toContain("can't write absent/all.jsonl: there is no directory");
  expect(code).not.toBe(0);
});
