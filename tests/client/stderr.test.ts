import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LineReader } from "../../src/client/process/line-reader.ts";
import { PipeReader } from "../../src/client/process/pipe-reader.ts";
import { Fifo } from "./fifo.ts";
import { checkOpenFiles, guardEachTest, openFiles, temporaryDirectory } from "./guard.ts";
import { isAlive, kill } from "./processes.ts";
import { failure, key, play } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

/** The lines that a callback gets for a stderr in these pieces. */
async function linesOf(pieces: Iterable<string | Uint8Array>): Promise<string[]> {
  const lines: string[] = [];
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
      }
      controller.close();
    },
  });
  await new LineReader(new PipeReader(stream), (line) => lines.push(line)).ended;
  return lines;
}

const limit = 64 * 1024;
const texts: [name: string, text: string, lines: string[]][] = [
  ["nothing", "", []],
  ["one line", "one\n", ["one"]],
  ["an empty line", "\n", [""]],
  ["lines, some empty", "one\n\n\ntwo\n", ["one", "", "", "two"]],
  ["no newline at the end", "one\ntwo", ["one", "two"]],
  ["CRLF", "one\r\ntwo\r\n\r\n", ["one", "two", ""]],
  ["CR inside of a line", "10%\r20%\rdone\n", ["10%\r20%\rdone"]],
  ["CR at the very end", "one\r", ["one\r"]],
  ["non-ASCII characters", "añ€𝄞\n", ["añ€𝄞"]],
  ["a line as long as the limit", `${"x".repeat(limit)}\n`, ["x".repeat(limit)]],
  ["a line as long as the limit, with CRLF", `${"x".repeat(limit)}\r\nend`, ["x".repeat(limit), "end"]],
  ["a line of one byte more", `${"x".repeat(limit)}y\n`, ["x".repeat(limit), "y"]],
  ["a line of one byte more, with CRLF", `${"x".repeat(limit)}y\r\n`, ["x".repeat(limit), "y"]],
  ["a line of three pieces", "x".repeat(limit * 2 + 5), ["x".repeat(limit), "x".repeat(limit), "xxxxx"]],
  ["a line of two whole pieces", `${"x".repeat(limit * 2)}\n`, ["x".repeat(limit), "x".repeat(limit)]],
];

describe("the lines of stderr are the same, however it's split into chunks:", () => {
  test.each(texts)("%s", async (_, text, lines) => {
    const bytes = new TextEncoder().encode(text);
    for (const length of [bytes.length, limit, limit + 1, 1_000, bytes.length < 1_000 ? 1 : 777]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += length) pieces.push(bytes.subarray(at, at + length));
      expect(await linesOf(pieces)).toEqual(lines);
    }
  });

  test("a truncated character at the end becomes U+FFFD", async () => {
    expect(await linesOf([Uint8Array.of(0x61, 0xe2, 0x82)])).toEqual(["a\ufffd"]);
  });

  test("a megabyte without a newline is passed on in pieces", async () => {
    const pieces = Array.from({ length: 1024 }, () => "x".repeat(1024));
    const lines = await linesOf(pieces);
    expect(lines).toHaveLength(16);
    expect(Math.max(...lines.map((line) => line.length))).toBe(limit);
  });
});

describe("the program's stderr", () => {
  test("goes to the callback, line by line, while the program runs", async () => {
    const { cache, log } = await play(`
      hello();
      log("one\\ntwo\\r");
      for (const { ID } of requests()) say({ ID, Miss: true });
      fs.writeSync(2, "no newline");
    `);
    await log.after("two");
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["one", "two", "no newline"]);
  });

  test("doesn't hold up calls, even if it's a flood", async () => {
    const { cache, log } = await play(`
      hello();
      for (const { ID } of requests()) {
        for (let line = 0; line < 200; line++) log(ID + " " + "x".repeat(1_000));
        say({ ID, Miss: true });
      }
    `);
    const gets = Array.from({ length: 50 }, () => cache.get(key(1)));
    expect(await Promise.all(gets)).toEqual(Array(50).fill(null));
    await cache.close();
    expect(log.all).toHaveLength(51 * 200);
  });

  test("doesn't hold up timers and timeouts, even if it comes faster than it's read", async () => {
    const { promise: first, resolve } = Promise.withResolvers<string>();
    let lines = 0;
    const { cache } = await play(
      'hello(); requests().next(); for (;;) fs.writeSync(2, "text\\n".repeat(8_192))',
      {
        closeTimeout: 1,
        stderr: () => {
          lines++;
          if (lines === 1) setTimeout(resolve, 0, "the timer");
          if (lines === 10_000_000) resolve("the ten millionth line");
        },
      },
    );
    const get = failure(cache.get(key(1)));
    expect(await first).toBe("the timer");
    expect(await failure(cache.close())).toMatchObject({ code: "TIMEOUT" });
    expect(await get).toMatchObject({ code: "TIMEOUT" });
  });

  test("may end before the program exits, without effect", async () => {
    const { cache } = await play(`
      hello();
      fs.closeSync(2);
      for (const { ID } of requests()) say({ ID, Miss: true });
    `);
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });

  /** Starts a child that writes to stderr after the test has opened the gate. */
  function survivedBy(gate: Fifo): string {
    const child = JSON.stringify(`cat "${gate.path}"; echo the last >&2`);
    return `Bun.spawn(["sh", "-c", ${child}], { stdin: "ignore", stdout: "ignore", stderr: "inherit" }).unref();`;
  }

  /** Waits until the program is gone, then opens the gate for its child. */
  async function openAfter(pid: number, gate: Fifo): Promise<void> {
    while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
    await gate.open();
  }

  test("is read to its end by close, even if that comes a little after the exit", async () => {
    const gate = new Fifo(directory);
    const { cache, log } = await play(
      `hello(); for (const { ID } of requests()) say({ ID }); ${survivedBy(gate)} process.exit()`,
    );
    await Promise.all([cache.close(), openAfter(cache.pid, gate)]);
    expect(log.all).toEqual(["the last"]);
  });

  test("is in the error of an exit to its end, even if that comes a little after the exit", async () => {
    const gate = new Fifo(directory);
    const { cache } = await play(
      `hello(); for (const _ of requests()) { ${survivedBy(gate)} process.exit(3); }`,
    );
    const [{ message }] = await Promise.all([failure(cache.get(key(1))), openAfter(cache.pid, gate)]);
    expect(message).toEndWith("exited with code 3; it wrote to stderr:\n  the last");
    await cache.close();
  });

  test("is closed without waiting for a child of the program that holds it open", async () => {
    const open = openFiles();
    const { cache, log } = await play(`
      hello();
      const { pid } = Bun.spawn(["sleep", "1000"], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
      log("child " + pid);
      for (const { ID } of requests()) say({ ID });
      process.exit();
    `);
    const child = Number(await log.after("child "));
    await cache.close();
    await checkOpenFiles(open);
    await kill(child);
  });

  test("isn't in the error of an exit if it wasn't read", async () => {
    const { cache } = await play(`hello(); for (const _ of requests()) { log("secret"); process.exit(3); }`, {
      stderr: "ignore",
    });
    expect((await failure(cache.get(key(1)))).message).toEndWith("exited with code 3");
    await cache.close();
  });

  test.each([
    ["inherit", "to stderr\n"],
    [undefined, "to stderr\n"],
    ["ignore", ""],
  ])("goes where the option says: %p", async (option, expected) => {
    const { stderr, code } = await run(`
      const { cache } = await play('hello(); log("to stderr"); for (const { ID } of requests()) say({ ID })', {
        stderr: ${JSON.stringify(option)},
      });
      await cache.close();
    `);
    expect({ stderr, code }).toEqual({ stderr: expected, code: 0 });
  });

  test("may go to a callback that throws: each error is reported, and the connection stays open", async () => {
    const { stdout, code } = await run(`
      process.on("uncaughtException", (error) => console.log("reported: " + error.message));
      const { cache } = await play(
        'hello(); for (const { ID } of requests()) { log("line " + ID); say({ ID, Miss: true }); }',
        { stderr(line) { throw new Error("failed on " + line); } },
      );
      for (let count = 0; count < 3; count++) console.log(await cache.get(key(1)));
      await cache.close();
      console.log("closed");
    `);
    const lines = stdout.trim().split("\n");
    expect(lines.filter((line) => line === "null")).toHaveLength(3);
    const reported = lines.filter((line) => line.startsWith("reported"));
    expect(reported).toEqual([1, 2, 3, 4].map((line) => `reported: failed on line ${line}`));
    expect(lines).toContain("closed");
    expect(code).toBe(0);
  });
});

async function run(code: string): Promise<{ stdout: string; stderr: string; code: number }> {
  const path = join(directory, "run.ts");
  const from = JSON.stringify(join(import.meta.dir, "scripted.ts"));
  writeFileSync(path, `import { key, play } from ${from};\n${code}`);
  const child = Bun.spawn([process.execPath, path], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { stdout, stderr, code: await child.exited };
}
