import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Random } from "../../../fixtures/random.ts";
import type { Body } from "../../../src/index.ts";
import { Fifo } from "../fifo.ts";
import { guardEachTest, temporaryDirectory } from "../guard.ts";
import { ended } from "../processes.ts";
import { failure, key, play, sha256 } from "../scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const body = "the body";
const large = new Random(7).bytes(3_000_000);

/** A program that answers each get with a miss, and does something else for a put. */
function onPut(act: string): string {
  return `hello(); for (const { ID, Command } of requests()) if (Command === "put") { ${act} } else say({ ID, Miss: true });`;
}

/** Runs with a TMPDIR of its own, a new one by default. `act` gets a function that lists the folders of kept bodies. */
async function inFolder(
  act: (folders: () => string[]) => Promise<void>,
  tmp = mkdtempSync(join(directory, "tmp-")),
): Promise<void> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = tmp;
  try {
    await act(() => readdirSync(tmp).filter((name) => name.startsWith("cacheprogw-kept-")));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

const failingPuts: [what: string, script: string, responseTimeout?: number][] = [
  ["answers it with an error", onPut(`say({ ID, Err: "disk full" })`)],
  ["answers without a DiskPath", onPut(`say({ ID })`)],
  ["answers with a file that doesn't exist", onPut(`say({ ID, DiskPath: "/there/is/nothing" })`)],
  ["answers with a device", onPut(`say({ ID, DiskPath: "/dev/null" })`)],
  [
    "answers with a file of another size",
    onPut(`say({ ID, DiskPath: ${JSON.stringify(process.execPath)} })`),
  ],
  ["dies", onPut(`process.exit(1)`)],
  ["closes its stdout", onPut(`fs.closeSync(1)`)],
  ["writes garbage", onPut(`raw("garbage\\n")`)],
  ["never answers", onPut(``), 100],
  ["has no put", `hello(["get"]); for (const { ID } of requests()) say({ ID, Miss: true });`],
];

describe("getOrPut keeps the body if, at the put, the program", () => {
  test.each(failingPuts)("%s", async (_, script, responseTimeout = 30_000) => {
    await inFolder(async (folders) => {
      const { cache } = await play(script, { responseTimeout });
      let calls = 0;
      const produce = () => {
        calls++;
        return body;
      };
      const before = Temporal.Now.instant();
      const entry = await cache.getOrPut(key(1), produce);
      expect(entry).toMatchObject({ hit: false, stored: false, outputID: sha256(body), size: body.length });
      expect(Temporal.Instant.compare(before, entry.time)).not.toBe(1);
      expect(readFileSync(entry.diskPath, "utf8")).toBe(body);
      expect(statSync(entry.diskPath).mode & 0o777).toBe(0o400);
      expect(statSync(dirname(entry.diskPath)).mode & 0o777).toBe(0o700);
      // What was made once is put again, not made again.
      const again = await cache.getOrPut(key(1), produce);
      expect(again).toMatchObject({ stored: false, diskPath: entry.diskPath });
      expect(calls).toBe(1);
      expect(folders()).toHaveLength(1);
      await cache.close().catch(() => {});
      expect(folders()).toEqual([]);
    });
  });
});

describe("getOrPut produces, once, and keeps the body if, at the get, the program", () => {
  test.each([
    ["dies", `process.exit(1)`],
    ["writes garbage", `raw("garbage\\n")`],
    ["answers another request", `say({ ID: 99, Miss: true })`],
    ["never answers", ``],
  ])("%s", async (_, act) => {
    const script = `hello(); for (const { ID, Command } of requests()) if (Command === "close") say({ ID }); else { ${act} }`;
    const { cache } = await play(script, { responseTimeout: 100 });
    let calls = 0;
    const produce = () => `body ${++calls}`;
    const entries = await Promise.all([1, 2, 3].map(() => cache.getOrPut(key(1), produce)));
    entries.push(await cache.getOrPut(key(1), produce));
    for (const { diskPath, stored, hit } of entries) {
      expect({ stored, hit, text: readFileSync(diskPath, "utf8") }).toEqual({
        stored: false,
        hit: false,
        text: "body 1",
      });
    }
    await cache.close(); // doesn't break the build either
  });
});

test("a kept body is put the next time, and is a hit from then on", async () => {
  const stored = join(directory, "stored");
  const { cache, log } = await play(`
    hello();
    let puts = 0;
    for (const { ID, Command, OutputID, BodySize, Body } of requests()) {
      log(Command);
      if (Command === "get" && puts > 1) say({ ID, OutputID: ${JSON.stringify(sha256(body).toBase64())}, Size: 8, DiskPath: "${stored}" });
      else if (Command !== "put") say({ ID, Miss: true });
      else if (++puts === 1) say({ ID, Err: "busy" });
      else { fs.writeFileSync("${stored}", Buffer.from(Body, "base64")); say({ ID, DiskPath: "${stored}" }); }
    }
  `);
  const first = await cache.getOrPut(key(1), () => body);
  const second = await cache.getOrPut(key(1), () => expect.unreachable());
  const third = await cache.getOrPut(key(1), () => expect.unreachable());
  expect([first, second, third].map(({ hit, stored }) => [hit, stored])).toEqual([
    [false, false],
    [false, true],
    [true, true],
  ]);
  expect(second).toMatchObject({ diskPath: stored, time: first.time });
  expect(readFileSync(first.diskPath, "utf8")).toBe(body); // its caller may still need it
  await cache.close();
  expect(existsSync(first.diskPath)).toBe(false);
  expect(log.all).toEqual(["get", "put", "get", "put", "get", "close"]);
});

test("a kept body that was changed or removed is produced anew", async () => {
  const { cache } = await play(onPut(`say({ ID, Err: "no" })`));
  const { diskPath } = await cache.getOrPut(key(1), () => body);
  rmSync(diskPath);
  const second = await cache.getOrPut(key(1), () => body);
  expect(readFileSync(second.diskPath, "utf8")).toBe(body);
  rmSync(second.diskPath);
  writeFileSync(second.diskPath, body.toUpperCase());
  const third = await cache.getOrPut(key(1), () => body);
  expect(readFileSync(third.diskPath, "utf8")).toBe(body);
  rmSync(dirname(third.diskPath), { recursive: true }); // by something that clears TMPDIR
  const fourth = await cache.getOrPut(key(1), () => body);
  expect(readFileSync(fourth.diskPath, "utf8")).toBe(body);
  await cache.close();
  expect(existsSync(dirname(fourth.diskPath))).toBe(false);
});

test("any kind of body is kept", async () => {
  const path = join(directory, "large");
  writeFileSync(path, large);
  const bodies: [Body, Uint8Array][] = [
    [body, Buffer.from(body)],
    ["", Buffer.from("")],
    [Buffer.from(body), Buffer.from(body)],
    [large, large],
    [large.slice().buffer, large],
    [new Blob([large]), large],
    [Bun.file(path), large],
    [Bun.file(path).slice(5, 1_000_000), large.slice(5, 1_000_000)],
    [new Response(large), large],
    [new Blob([large]).stream(), large],
  ];
  for (const script of [onPut(`say({ ID, Err: "no" })`), onPut(`process.exit(1)`)]) {
    const { cache } = await play(script);
    for (const [n, [made, bytes]] of bodies.slice(0, 8).entries()) {
      const entry = await cache.getOrPut(key(n), () => made);
      expect(entry).toMatchObject({ stored: false, size: bytes.length, outputID: sha256(bytes) });
      expect(readFileSync(entry.diskPath).equals(bytes)).toBe(true);
    }
    const stream = new Blob([large]).stream();
    const entry = await cache.getOrPut(key("stream"), () => stream);
    expect(readFileSync(entry.diskPath).equals(large)).toBe(true);
    await cache.close();
  }
});

describe("getOrPut still rejects", () => {
  test("with what produce throws, on a connection that has failed too", async () => {
    const { cache } = await play(`hello(); for (const _ of requests()) process.exit(1)`);
    const produce = () => Promise.reject(new Error("out of ink"));
    await expect(cache.getOrPut(key(1), produce)).rejects.toThrow("out of ink");
    await expect(cache.getOrPut(key(1), produce)).rejects.toThrow("out of ink");
    await cache.close();
  });

  test("with ABORTED during the put", async () => {
    const controller = new AbortController();
    const { cache, log } = await play(onPut(`log("put"); fs.readSync(0, Buffer.alloc(1)); process.exit(1);`));
    const aborted = failure(cache.getOrPut(key(1), () => body, { signal: controller.signal }));
    await log.after("put");
    controller.abort("enough");
    expect(await aborted).toMatchObject({ code: "ABORTED", cause: "enough" });
    await cache.close().catch(() => {});
  });

  test("if the body changes between the put and the copy", async () => {
    const path = join(directory, "changes");
    for (const [act, made] of [
      [() => writeFileSync(path, "another body"), () => Bun.file(path)],
      [() => rmSync(path), () => Bun.file(path)],
    ] as const) {
      writeFileSync(path, body);
      const fifo = new Fifo(directory);
      const { cache, log } = await play(onPut(`log("put"); gate("${fifo.path}"); say({ ID, Err: "no" });`));
      const error = failure(cache.getOrPut(key(1), made));
      await log.after("put");
      act();
      await fifo.open();
      expect((await error).code).toBe("BODY_CHANGED");
      await cache.close();
    }
    const bytes = new TextEncoder().encode(body);
    const fifo = new Fifo(directory);
    const { cache, log } = await play(onPut(`log("put"); gate("${fifo.path}"); say({ ID, Err: "no" });`));
    const error = failure(cache.getOrPut(key(1), () => bytes));
    await log.after("put");
    bytes.buffer.transfer();
    await fifo.open();
    expect((await error).code).toBe("BODY_CHANGED");
    await cache.close();
  });

  test.each(["missing", "a-file/below"])("with both reasons if TMPDIR can't be written: %s", async (name) => {
    writeFileSync(join(directory, "a-file"), "");
    await inFolder(
      async () => {
        const { cache } = await play(onPut(`say({ ID, Err: "disk full" })`));
        const error = await failure(cache.getOrPut(key(1), () => body));
        expect(error).toMatchObject({ code: "STORE_FAILED" });
        expect(error.message).toContain(key(1).toHex());
        expect(error.message).toContain("answered put with an error: disk full");
        expect(error.message).toContain(`can't write to ${process.env.TMPDIR}: ENO`);
        expect(error.cause).toBeInstanceOf(AggregateError);
        await cache.close();
      },
      join(directory, name),
    );
  });

  test("with CLOSED if close() is called before produce, on a connection that has failed too", async () => {
    for (const script of [onPut(``), `hello(["put"]); for (const _ of requests());`]) {
      const { cache } = await play(script);
      await cache.close();
      expect((await failure(cache.getOrPut(key(1), () => expect.unreachable()))).code).toBe("CLOSED");
    }
    const { cache } = await play(`hello(); for (const _ of requests()) process.exit(1)`);
    await failure(cache.get(key(1)));
    await cache.close();
    expect((await failure(cache.getOrPut(key(1), () => expect.unreachable()))).code).toBe("CLOSED");
  });
});

test("a body of another call that changes ends the connection, but not the build", async () => {
  const path = join(directory, "changing");
  writeFileSync(path, large);
  const fifo = new Fifo(directory);
  const { cache, log } = await play(
    `hello(); peek(); log("reading"); gate("${fifo.path}"); for (const { ID, Command } of requests()) say({ ID, Miss: true, DiskPath: "/a" });`,
  );
  const put = failure(cache.put(key(1), Bun.file(path)));
  await log.after("reading");
  const entry = cache.getOrPut(key(2), () => body);
  truncateSync(path, 10);
  await fifo.open();
  expect((await put).code).toBe("BODY_CHANGED");
  expect(await entry).toMatchObject({ stored: false, outputID: sha256(body) });
  expect(await cache.getOrPut(key(3), () => Bun.file(process.execPath))).toMatchObject({ stored: false });
  await cache.close();
});

test("what is produced after all callers have aborted isn't kept, even if the connection is closed by then", async () => {
  await inFolder(async (folders) => {
    for (const kind of ["in memory", "a stream"]) {
      const { cache } = await play(onPut(`say({ ID, Err: "no" })`));
      const asked = Promise.withResolvers<void>();
      const made = Promise.withResolvers<Body>();
      const cancelled = Promise.withResolvers<void>();
      const controller = new AbortController();
      const produce = () => {
        asked.resolve();
        return made.promise;
      };
      const aborted = failure(cache.getOrPut(key(1), produce, { signal: controller.signal }));
      await asked.promise;
      controller.abort();
      expect((await aborted).code).toBe("ABORTED");
      await cache.close();
      const stream = () => new ReadableStream({ cancel: () => cancelled.resolve() });
      made.resolve(kind === "a stream" ? stream() : body);
      expect((await failure(cache.getOrPut(key(1), produce))).code).toBe("CLOSED"); // waits for it to end
      if (kind === "a stream") await cancelled.promise;
      expect(folders()).toEqual([]);
    }
  });
});

describe("close() during produce", () => {
  test("doesn't wait for it, and its body is kept until this process exits", async () => {
    await inFolder(async (folders) => {
      const { cache, log } = await play(onPut(`say({ ID, Err: "no" })`));
      const before = await cache.getOrPut(key(0), () => "before");
      const asked = Promise.withResolvers<void>();
      const made = Promise.withResolvers<string>();
      const entry = cache.getOrPut(key(1), () => {
        asked.resolve();
        return made.promise;
      });
      await asked.promise;
      await cache.close();
      expect(existsSync(before.diskPath)).toBe(false);
      made.resolve(body);
      const { diskPath, stored } = await entry;
      expect([readFileSync(diskPath, "utf8"), stored]).toEqual([body, false]);
      expect(folders()).toHaveLength(1);
      expect(log.all).toEqual([]);
    });
  });
});

const here = (name: string) => JSON.stringify(join(import.meta.dir, name));

/** Runs a process with TMPDIR in `tmp`, with `play`, `key`, `script` and the path of a large file in scope. */
async function run(
  tmp: string,
  code: string,
  file = "",
): Promise<{ output: string; code: number; error: string }> {
  const path = join(directory, `caller-${crypto.randomUUID()}.ts`);
  writeFileSync(
    path,
    `import { existsSync } from "node:fs";
     import { peakMemory } from ${here("../../peak-memory.ts")};
     import { failure, key, play } from ${here("../scripted.ts")};
     const script = ${JSON.stringify(onPut(`say({ ID, Err: "no" })`).replace("requests()", "headers()"))};
     const file = ${JSON.stringify(file)};
     ${code}`,
  );
  const child = Bun.spawn([process.execPath, path], {
    env: { ...process.env, TMPDIR: tmp },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { output, code: await child.exited, error };
}

test("close() removes only what was kept before it, not the body of a put that fails meanwhile", async () => {
  await inFolder(async (folders) => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(
      onPut(`if (BodySize > 10) { log("put again"); gate("${fifo.path}"); } say({ ID, Err: "no" });`).replace(
        "Command }",
        "Command, BodySize }",
      ),
    );
    const before = await cache.getOrPut(key(0), () => "before");
    const entry = cache.getOrPut(key(1), () => body.repeat(2));
    await log.after("put again");
    const closing = cache.close();
    await fifo.open();
    await closing;
    const { diskPath, stored } = await entry;
    expect([readFileSync(diskPath, "utf8"), stored]).toEqual([body.repeat(2), false]);
    expect(existsSync(before.diskPath)).toBe(false);
    expect(folders()).toHaveLength(1);
  });
});

describe("when this process exits, nothing is left in TMPDIR", () => {
  test.each([
    ["without close", ``],
    ["by process.exit", `process.exit(0);`],
    ["by an error", `throw new Error("stop");`],
    [
      "after a close during produce",
      `const late = cache.getOrPut(key(2), async () => { await cache.close(); return "late"; }); console.log(existsSync((await late).diskPath));`,
    ],
  ])("%s", async (_, end) => {
    await inFolder(async (folders) => {
      const { output } = await run(
        process.env.TMPDIR ?? "",
        `const { cache } = await play(script);
         const { diskPath } = await cache.getOrPut(key(1), () => "body");
         console.log(cache.pid);
         console.log(existsSync(diskPath));
         ${end}`,
      );
      expect(output).toMatch(/^\d+\n(true\n)+$/);
      // Unless close() has waited for it, the program ends a moment after the process does.
      await ended(Number.parseInt(output, 10));
      expect(folders()).toEqual([]);
    });
  });
});

test("the folder of a killed process is removed when the next one is made, unless it is recent or not ours", async () => {
  await inFolder(async (folders) => {
    const tmp = process.env.TMPDIR ?? "";
    const dead = Bun.spawn(["true"]);
    await dead.exited;
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
    const make = (name: string, time: Date) => {
      mkdirSync(join(tmp, name));
      writeFileSync(join(tmp, name, "1"), body);
      utimesSync(join(tmp, name), time, time);
      return name;
    };
    make(`cacheprogw-kept-${dead.pid}-abcdef`, old);
    const stay = [
      make(`cacheprogw-kept-${dead.pid}-recent`, new Date()),
      make(`cacheprogw-kept-${process.pid}-abcdef`, old),
      make(`cacheprogw-kept-${dead.pid}-another-name`, old),
    ];
    const { cache } = await play(onPut(`say({ ID, Err: "no" })`));
    await cache.getOrPut(key(1), () => body);
    await cache.close();
    expect(folders().sort()).toEqual(stay.sort());
  });
});

test("a large file is kept without being loaded into memory", async () => {
  const file = join(directory, "192-mib");
  writeFileSync(file, "");
  truncateSync(file, 192 * 1024 ** 2);
  const measure = async (produce: string) => {
    const { output } = await run(
      directory,
      `const { cache } = await play(script);
       const { size } = await cache.getOrPut(key(1), ${produce});
       console.log(size, peakMemory());
       await cache.close();`,
      file,
    );
    return output.split(" ").map(Number);
  };
  const [, small = 0] = await measure(`() => "body"`);
  const [size, peak = 0] = await measure(`() => Bun.file(file)`);
  expect(size).toBe(192 * 1024 ** 2);
  expect(peak - small).toBeLessThan(96 * 1024 ** 2);
});
