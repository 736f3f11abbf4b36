import { describe, expect, test } from "bun:test";
import { Fifo } from "./fifo.ts";
import { guardEachTest, openFiles, temporaryDirectory } from "./guard.ts";
import { ended, isAlive, kill } from "./processes.ts";
import { failure, key, play } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

/** A program that does something at its third request. */
function atThird(action: string): string {
  return `hello(); let count = 0; for (const { ID } of requests()) if (++count === 3) { ${action} }`;
}

const ends: [name: string, action: string, message: RegExp][] = [
  ["exits with a code", `process.exit(7)`, /exited with code 7$/],
  ["exits with code 0 before close", `process.exit(0)`, /exited with code 0$/],
  ["is killed", `process.kill(process.pid, "SIGKILL"); hang()`, /was killed by SIGKILL$/],
  ["is terminated", `process.kill(process.pid, "SIGTERM"); hang()`, /was killed by SIGTERM$/],
  ["exits in the middle of a response", `raw('{"ID":1,"Mi'); process.exit(1)`, /exited with code 1$/],
  [
    "writes to stderr and exits",
    `log("one"); log("two"); process.exit(2)`,
    /code 2; .*stderr:\n {2}one\n {2}two$/,
  ],
  ["closes its stdout", `fs.closeSync(1)`, /closed its stdout but is still running$/],
];

describe("pending and later calls reject with EXITED at once if the program", () => {
  test.each(ends)("%s", async (_, action, message) => {
    const { cache } = await play(atThird(action));
    const errors = await Promise.all([1, 2, 3].map((name) => failure(cache.get(key(name)))));
    for (const error of [
      ...errors,
      await failure(cache.get(key(4))),
      await failure(cache.put(key(4), "x")),
    ]) {
      expect(error.code).toBe("EXITED");
      expect(error.message).toMatch(message);
    }
    const { pid } = cache;
    await cache.close();
    expect(isAlive(pid)).toBe(false);
  });

  test("answers some of them and exits; the answered ones resolve", async () => {
    const { cache } = await play(
      atThird(`say({ ID: 1, Miss: true }); say({ ID: 3, Miss: true }); process.exit(1)`),
    );
    const [first, second, third] = [1, 2, 3].map((name) => cache.get(key(name)));
    expect(first && (await first)).toBeNull();
    expect(third && (await third)).toBeNull();
    expect(second && (await failure(second)).code).toBe("EXITED");
    await cache.close();
  });
});

test("calls that were answered before the exit resolve, however many there are", async () => {
  const { cache } = await play(
    `
      hello();
      let answers = "";
      for (const { ID } of requests()) {
        answers += JSON.stringify({ ID, Miss: true, DiskPath: "x".repeat(100) });
        if (ID !== 1_500) continue;
        raw(answers);
        process.exit();
      }
    `,
    { stderr: "ignore" },
  );
  const gets = Array.from({ length: 1_500 }, () => cache.get(key(1)));
  expect(await Promise.all(gets)).toEqual(Array(1_500).fill(null));
  await ended(cache.pid);
  expect(await failure(cache.close())).toMatchObject({ code: "EXITED" });
});

test("an exit is seen even if a child of the program holds stdout open", async () => {
  const { cache, log } = await play(`
    hello();
    for (const _ of requests()) {
      const { pid } = Bun.spawn(["sleep", "1000"], { stdin: "ignore", stdout: "inherit", stderr: "ignore" });
      log("child " + pid);
      process.exit(4);
    }
  `);
  const error = await failure(cache.get(key(1)));
  expect(error).toMatchObject({ code: "EXITED" });
  expect(error.message).toMatch(/exited with code 4/);
  await cache.close();
  await kill(Number(await log.after("child ")));
});

test("an exit is seen even if a child of the program holds every pipe open", async () => {
  const { cache, log } = await play(`
    hello();
    for (const _ of requests()) {
      const { pid } = Bun.spawn(["sleep", "1000"], { stdin: "inherit", stdout: "inherit", stderr: "inherit" });
      log("child " + pid);
      process.exit(4);
    }
  `);
  expect((await failure(cache.get(key(1)))).message).toMatch(/exited with code 4/);
  await cache.close();
  await kill(Number(await log.after("child ")));
});

describe("a program that closes its stdin", () => {
  test("fails the next call, pending ones and later ones", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(`
      hello();
      for (const { ID } of requests()) { fs.closeSync(0); log("closed"); gate("${fifo.path}"); process.exit(); }
    `);
    const first = failure(cache.get(key(1)));
    await log.after("closed");
    const error = await failure(cache.put(key(2), "x".repeat(1_000_000)));
    expect(error).toMatchObject({ code: "EXITED" });
    expect(error.message).toMatch(/closed its stdin but is still running/);
    expect((await first).code).toBe("EXITED");
    expect((await failure(cache.get(key(3)))).code).toBe("EXITED");
    await fifo.open();
    await cache.close();
  });

  test("fails a small request too", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(
      `hello(); fs.closeSync(0); log("closed"); gate("${fifo.path}"); process.exit()`,
    );
    await log.after("closed");
    const error = await failure(cache.get(key(2)));
    expect(error).toMatchObject({ code: "EXITED" });
    expect(error.message).toMatch(/closed its stdin but is still running/);
    await fifo.open();
    await cache.close();
  });

  test("fails puts of a file, and the file is closed", async () => {
    const path = `${directory}/body`;
    await Bun.write(path, new Uint8Array(5_000_000));
    const fifo = new Fifo(directory);
    const { cache, log } = await play(
      `hello(); fs.closeSync(0); log("closed"); gate("${fifo.path}"); process.exit()`,
    );
    await log.after("closed");
    const puts = Array.from({ length: 20 }, (_, name) => failure(cache.put(key(name), Bun.file(path))));
    for (const put of puts) expect(await put).toMatchObject({ code: "EXITED" });
    await fifo.open();
    await cache.close();
    expect(openFiles()).not.toContain(path);
  });

  test("and exits makes close reject with EXITED", async () => {
    const { cache, log } = await play(`hello(); fs.closeSync(0); log("closed");`);
    await log.after("closed");
    await ended(cache.pid);
    expect(await failure(cache.close())).toMatchObject({ code: "EXITED" });
  });
});

test("a call after the program has died rejects at once, even if no call was pending", async () => {
  const { cache } = await play(`hello(); process.kill(process.pid, "SIGKILL"); hang()`);
  for (;;) {
    const outcome = await failure(cache.get(key(1)));
    expect(outcome).toMatchObject({ code: "EXITED" });
    if (outcome.message.includes("SIGKILL")) break;
  }
  await cache.close();
});

test("the error of an exit has the first and last lines of stderr, and long lines are cut", async () => {
  const { cache } = await play(`
    hello();
    for (const _ of requests()) {
      log("panic: index out of range");
      for (let line = 1; line <= 100; line++) log("line " + line);
      for (let line = 1; line <= 5; line++) log("x".repeat(60_000));
      log("the very last");
      process.exit(1);
    }
  `);
  const { message } = await failure(cache.get(key(1)));
  expect(message).toContain("; it wrote to stderr:\n  panic: index out of range\n  line 1\n");
  expect(message).toContain("\n  line 9\n  … 77 lines left out\n  line 87\n");
  expect(message).toEndWith("\n  the very last");
  expect(message.length).toBeLessThan(20_000);
  await cache.close();
});
