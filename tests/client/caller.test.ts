import { describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fifo } from "./fifo.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { ended, kill } from "./processes.ts";
import { emptyCache } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const here = (name: string) => JSON.stringify(join(import.meta.dir, name));

let count = 0;

/** A process of its own that runs some code, with `play`, `key` and `failure` in scope and a script as `script`. */
function caller(script: string, code: string): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  const path = join(directory, `caller-${++count}.ts`);
  writeFileSync(
    path,
    `import { failure, key, play } from ${here("scripted.ts")};
     import { CacheProg } from ${here("../../src/index.ts")};
     const script = ${JSON.stringify(script)};
     ${code}`,
  );
  return Bun.spawn([process.execPath, path], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

/** What a caller wrote, once it has ended by itself and well. */
async function output(child: ReturnType<typeof caller>): Promise<string> {
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect({ stderr, code: await child.exited, signal: child.signalCode }).toEqual({
    stderr: "",
    code: 0,
    signal: null,
  });
  return stdout;
}

/** {@link emptyCache}, and a file that is written at the end of stdin. */
function leavesFile(path: string): string {
  return `${emptyCache} fs.writeFileSync(${JSON.stringify(path)}, "");`;
}

const idle: [name: string, code: string, options?: string][] = [
  ["was only started", ""],
  ["has had its answers", `await cache.get(key(1)); await cache.put(key(1), "body");`],
  [
    "has put a large body and a file",
    `await cache.put(key(1), new Uint8Array(1e6)); await cache.put(key(1), Bun.file(script2));`,
  ],
  ["was refused", `await failure(cache.put(key(1), Bun.file("/")));`],
  ["does not read stderr", `await cache.get(key(1));`, `{ stderr: "ignore" }`],
  ["was made to wait for ever", `await cache.get(key(1));`, `{ responseTimeout: Infinity, closeTimeout: 5 }`],
  [
    "has aborted a call",
    `const c = new AbortController(); const a = failure(cache.get(key(1), { signal: c.signal })); c.abort(); await a;`,
  ],
];

describe("a process ends by itself, with nothing said, and its program sees the end of stdin, though its idle client", () => {
  test.each(idle)("%s", async (_, code, options = "{}") => {
    const file = join(directory, `end-${++count}`);
    const child = caller(
      leavesFile(file),
      `const script2 = import.meta.path;
       const { cache } = await play(script, ${options});
       ${code}
       console.log(cache.pid);`,
    );
    await ended(Number(await output(child)));
    expect(existsSync(file)).toBe(true);
  });

  test("has a program that timed out once", async () => {
    const child = caller(
      `hello(); for (const { ID } of requests()) if (ID > 1) say({ ID, Miss: true })`,
      `const { cache } = await play(script, { responseTimeout: 100 });
       await failure(cache.get(key(1)));
       await cache.get(key(2));
       console.log(cache.pid);`,
    );
    await ended(Number(await output(child)));
  });

  test("has a program that died while nobody waited for it", async () => {
    const child = caller(
      `hello(); log("bye"); process.exit(1)`,
      `const { log } = await play(script);
       await log.after("bye");`,
    );
    await output(child);
  });

  test("has a program that wrote what it may not", async () => {
    const child = caller(
      `hello(); raw("garbage"); log("said"); for (const _ of requests());`,
      `const { log } = await play(script);
       await log.after("said");`,
    );
    await output(child);
  });
});

describe("a process is kept alive", () => {
  test.each([
    ["a call", `const { cache } = await play(script); cache.get(key(1)).then(() => console.log("done"))`],
    [
      "a put",
      `const { cache } = await play(script); cache.put(key(1), new Uint8Array(1e6)).then(() => console.log("done"))`,
    ],
    ["a close", `const { cache } = await play(script); cache.close().then(() => console.log("done"))`],
    [
      "a call of a client that was idle before",
      `const { cache } = await play(script.replace("gate", "peek(); say({ ID: 1, Miss: true }); gate"));
       await cache.get(key(1));
       setTimeout(() => cache.get(key(2)).then(() => console.log("done")), 1);`,
    ],
  ])("by %s that waits", async (name, code) => {
    const fifo = new Fifo(directory);
    const skip = name.includes("idle") ? "if (ID > 1) " : "";
    const child = caller(
      `hello(); gate("${fifo.path}"); for (const { ID } of requests()) ${skip}say({ ID, Miss: true, DiskPath: "/a" })`,
      code,
    );
    await fifo.open();
    expect(await output(child)).toBe("done\n");
  });

  test("by a start that waits", async () => {
    const fifo = new Fifo(directory);
    const child = caller(
      `gate("${fifo.path}"); ${emptyCache}`,
      `play(script).then(() => console.log("done"))`,
    );
    await fifo.open();
    expect(await output(child)).toBe("done\n");
  });
});

describe("the program sees the end of its stdin", () => {
  test("when the process exits in the middle of calls", async () => {
    const file = join(directory, `end-${++count}`);
    const child = caller(
      `hello(); for (const _ of requests()); fs.writeFileSync("${file}", "")`,
      `const { cache } = await play(script);
       for (let n = 0; n < 10; n++) cache.get(key(n));
       setImmediate(() => { console.log(cache.pid); process.exit(); });`,
    );
    await ended(Number(await output(child)));
    expect(existsSync(file)).toBe(true);
  });

  test("when the process is killed", async () => {
    const file = join(directory, `end-${++count}`);
    const child = caller(
      leavesFile(file),
      `const { cache } = await play(script);
       console.log(cache.pid);
       setInterval(() => {}, 1e6);`,
    );
    let text = "";
    for await (const chunk of child.stdout) {
      text += Buffer.from(chunk).toString();
      if (text.endsWith("\n")) break;
    }
    child.kill("SIGKILL");
    await child.exited;
    await ended(Number(text));
    expect(existsSync(file)).toBe(true);
  });
});

test("a process ends although a child of its stopped program holds all pipes, full as they are", async () => {
  const child = caller(
    `hello();
     const { pid } = Bun.spawn(["sleep", "1000"], { stdin: "inherit", stdout: "inherit", stderr: "ignore" });
     log("child " + pid);
     hang();`,
    `const { cache, log } = await play(script, { responseTimeout: 200 });
     const error = await failure(cache.put(key(1), Bun.file(process.execPath)));
     await cache.close();
     console.log(error.code, await log.after("child "));`,
  );
  const [code, pid] = (await output(child)).split(" ");
  expect(code).toBe("TIMEOUT");
  await kill(Number(pid));
});
