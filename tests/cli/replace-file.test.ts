import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { replaceFile } from "../../src/cli/replace-file.ts";
import { Sandbox } from "./sandbox.ts";

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw new Error("the source failed");
}

test("a body that fails half way leaves what was there, and nothing beside it", async () => {
  using sandbox = new Sandbox();
  const old = sandbox.write("old", "old");
  await expect(replaceFile(old, failing())).rejects.toThrow("the source failed");
  await expect(replaceFile(join(sandbox.cwd, "new"), failing())).rejects.toThrow("the source failed");
  expect(sandbox.read("old").toString()).toBe("old");
  expect(readdirSync(sandbox.cwd)).toEqual(["old"]);
});

test("the end of the process half way leaves what was there, and nothing beside it", () => {
  using sandbox = new Sandbox();
  sandbox.write("old", "old");
  const script = `
    import { replaceFile } from ${JSON.stringify(resolve(import.meta.dir, "../../src/cli/replace-file.ts"))};
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
