import { expect, test } from "bun:test";
import { join } from "node:path";
import { bodyOf } from "../../../src/cli/files/hit.ts";
import type { Entry } from "../../../src/client/entry.ts";
import { Sandbox } from "../sandbox.ts";

function entry(diskPath: string, body: string): Entry {
  const outputID = new Bun.CryptoHasher("sha256").update(body).digest();
  return { diskPath, outputID, size: body.length, time: Temporal.Now.instant() };
}

test("a body that changed after it was verified fails at its end, so it never counts as complete", async () => {
  using sandbox = new Sandbox();
  const path = sandbox.write("body", "after");
  const chunks: string[] = [];
  const reading = async (before: string) => {
    for await (const chunk of bodyOf(entry(path, before))) chunks.push(new TextDecoder().decode(chunk));
  };
  await reading("after");
  await expect(reading("before")).rejects.toMatchObject({
    name: "Failure",
    message: `the body ${path} changed while it was read`,
  });
  expect(chunks).toEqual(["after", "after"]);
});

test("a body that was removed after it was verified fails with the reason", async () => {
  using sandbox = new Sandbox();
  const path = join(sandbox.cwd, "gone");
  await expect(bodyOf(entry(path, "")).next()).rejects.toMatchObject({
    name: "Failure",
    message: `can't read the body ${path}: ENOENT: no such file or directory`,
  });
});
