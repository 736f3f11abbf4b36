import { expect, test } from "bun:test";
import { join } from "node:path";
import { CacheProg } from "../../src/client/client.ts";
import { guardEachTest } from "./guard.ts";
import { emptyCache, scripted } from "./scripted.ts";

guardEachTest();

test("a program gets the name from the command as its argv[0], as with go", async () => {
  const hello = `printf '{"ID":0,"KnownCommands":["%s"]}\\n' "$0"; cat >/dev/null`;
  await using cache = await CacheProg.start(["sh", "-c", hello]);
  expect([...cache.commands]).toEqual(["sh"]);
});

test("an idle client that is never closed doesn't keep its process alive", async () => {
  const library = join(import.meta.dir, "../../src/index.ts");
  // With this timeout, the timer of an answered call could keep the process alive for weeks.
  const script = `
    const { CacheProg } = await import(${JSON.stringify(library)});
    const cache = await CacheProg.start(${JSON.stringify(scripted(emptyCache))}, { responseTimeout: 2_000_000_000 });
    console.log(await cache.get(new Uint8Array(32)));
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  expect(await child.stdout.text()).toBe("null\n");
  expect(await child.exited).toBe(0);
});
