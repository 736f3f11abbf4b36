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

/** Starts a process that runs some code, with `play`, `key`, `failure`, `CacheProg` and `script` in scope. */
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

/** What a caller wrote, after it has exited with code 0. */
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

/** {@link emptyCache}, which writes a file at the end of stdin. */
function leavesFile(path: string): string {
  return `${emptyCache} fs.writeFileSync(${JSON.stringify(path)}, "");`;
}

const idle: [name: string, code: string, options?: string][] = [
  ["was only started", ""],
  ["has had responses", `await cache.get(key(1)); await cache.put(key(1), "body");`],
  [
    "has put a large body and a file",
    `await cache.put(key(1), new Uint8Array(1e6)); await cache.put(key(1), Bun.file(script2));`,
  ],
  ["had a put fail", `await failure(cache.put(key(1), Bun.file("/")));`],
  ["doesn't read stderr", `await cache.get(key(1));`, `{ stderr: "ignore" }`],
  [
    "has an infinite responseTimeout",
    `await cache.get(key(1));`,
    `{ responseTimeout: Infinity, closeTimeout: 5 }`,
  ],
  [
    // After the second response, the program has none to write that would fail once the caller has exited.
    "has aborted a call",
    `const c = new AbortController(); const a = failure(cache.get(key(1), { signal: c.signal })); c.abort(); await a;
     await cache.get(key(2));`,
  ],
];

describe("a process exits by itself, without output, and its program sees the end of stdin, if its idle client", () => {
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

  test("had a call time out", async () => {
    const child = caller(
      `hello(); for (const { ID } of requests()) if (ID > 1) say({ ID, Miss: true })`,
      `const { cache } = await play(script, { responseTimeout: 1_000 });
       await failure(cache.get(key(1)));
       await cache.get(key(2));
       console.log(cache.pid);`,
    );
    await ended(Number(await output(child)));
  });

  test("has a program that died while no call was pending", async () => {
    const child = caller(
      `hello(); log("bye"); process.exit(1)`,
      `const { log } = await play(script);
       await log.after("bye");`,
    );
    await output(child);
  });

  test("has a program that wrote garbage", async () => {
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
    ["call", `const { cache } = await play(script); cache.get(key(1)).then(() => console.log("done"))`],
    [
      "put",
      `const { cache } = await play(script); cache.put(key(1), new Uint8Array(1e6)).then(() => console.log("done"))`,
    ],
    ["close", `const { cache } = await play(script); cache.close().then(() => console.log("done"))`],
    [
      "call of a client that was idle",
      `const { cache } = await play(script.replace("gate", "peek(); say({ ID: 1, Miss: true }); gate"));
       await cache.get(key(1));
       setTimeout(() => cache.get(key(2)).then(() => console.log("done")), 1);`,
    ],
  ])("by a pending %s", async (name, code) => {
    const fifo = new Fifo(directory);
    const skip = name.includes("idle") ? "if (ID > 1) " : "";
    const child = caller(
      `hello(); gate("${fifo.path}"); for (const { ID } of requests()) ${skip}say({ ID, Miss: true, DiskPath: "/a" })`,
      code,
    );
    await fifo.open();
    expect(await output(child)).toBe("done\n");
  });

  test("by a pending start", async () => {
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
  test("when the client's process exits during calls", async () => {
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

  test("when the client's process is killed", async () => {
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

test("a process exits even if a child of the stopped program holds the full pipes open", async () => {
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
