import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Fifo } from "./fifo.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { ended, eventsDelivered, isAlive, kill } from "./processes.ts";
import { emptyCache, failure, key, play } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

function path(name: string): string {
  return join(directory, name);
}

describe("close", () => {
  test("sends close, ends stdin and waits for the exit", async () => {
    const { cache, log } = await play(`
      hello();
      for (const { ID, Command } of requests()) { log(Command + " " + ID); say({ ID }); }
      log("end of stdin");
    `);
    await cache.close();
    expect(log.all).toEqual(["close 1", "end of stdin"]);
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("sends nothing if close isn't declared, and still waits for the exit", async () => {
    const { cache, log } = await play(`
      hello(["get"]);
      for (const { Command } of requests()) log(Command);
      log("end of stdin");
      fs.writeFileSync(${JSON.stringify(path("kept"))}, "work");
      log("done");
    `);
    await cache.close();
    expect(log.all).toEqual(["end of stdin", "done"]);
    expect(readFileSync(path("kept"), "utf8")).toBe("work");
  });

  test("waits as long as the program works, after its response, the end of stdin and the end of stdout", async () => {
    const gates = [1, 2, 3].map(() => new Fifo(directory));
    const [answered, ended, silent] = gates.map(({ path }) => JSON.stringify(path));
    const { cache, log } = await play(`
      hello();
      for (const { ID } of requests()) {
        say({ ID });
        gate(${answered});
        fs.writeFileSync(${JSON.stringify(path("after answer"))}, "work");
      }
      gate(${ended});
      fs.closeSync(1);
      gate(${silent});
      fs.writeFileSync(${JSON.stringify(path("after end"))}, "more work");
      process.exitCode = 3;
    `);
    let closed = false;
    const closing = cache.close().then(() => (closed = true));
    for (const gate of gates) {
      expect(closed).toBe(false);
      await gate.open();
    }
    await closing;
    expect(readFileSync(path("after answer"), "utf8")).toBe("work");
    expect(readFileSync(path("after end"), "utf8")).toBe("more work");
    expect(log.all).toEqual([]);
  });

  test("accepts an exit without a response", async () => {
    const { cache } = await play(`hello(); for (const _ of requests()) process.exit(5)`);
    await cache.close();
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("accepts the end of stdout without a response, and waits for the exit", async () => {
    const { cache } = await play(`
      hello();
      for (const _ of requests()) { fs.closeSync(1); break; }
      for (const _ of lines());
      fs.writeFileSync(${JSON.stringify(path("late"))}, "");
    `);
    await cache.close();
    expect(existsSync(path("late"))).toBe(true);
  });

  test("waits for a child of the program that holds stdout open, as go does", async () => {
    const fifo = new Fifo(directory);
    const { cache } = await play(`
      hello();
      const child = Bun.spawn(["sh", "-c", 'cat "$0"', ${JSON.stringify(fifo.path)}], {
        stdin: "ignore", stdout: "inherit", stderr: "ignore",
      });
      child.unref();
      for (const { ID } of requests()) { say({ ID }); process.exit(); }
    `);
    let closed = false;
    const closing = cache.close().then(() => (closed = true));
    await ended(cache.pid);
    expect(closed).toBe(false);
    await fifo.open();
    await closing;
  });

  test("rejects with the program's error after the exit", async () => {
    const { cache } = await play(`
      hello();
      for (const { ID } of requests()) say({ ID, Err: "the trim failed" });
      fs.writeFileSync(${JSON.stringify(path("err"))}, "");
    `);
    const error = await failure(cache.close());
    expect(error).toMatchObject({ code: "SERVER_ERROR" });
    expect(error.message).toEndWith("answered close with an error: the trim failed");
    expect(existsSync(path("err"))).toBe(true);
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("rejects with the program's error even if it comes after responseTimeout", async () => {
    const gate = new Fifo(directory);
    const { cache, log } = await play(
      `hello(); for (const { ID } of requests()) { log("closing"); gate("${gate.path}"); say({ ID, Err: "late" }); }`,
      { responseTimeout: 1 },
    );
    const closing = failure(cache.close());
    await log.after("closing");
    // This timer fires after any of 1 ms that was started when close was sent.
    await new Promise((resolve) => setTimeout(resolve, 2));
    await gate.open();
    expect(await closing).toMatchObject({ code: "SERVER_ERROR" });
  });

  test("returns the same promise to every caller", async () => {
    const { cache } = await play(emptyCache);
    const promise = cache.close();
    expect(cache.close()).toBe(promise);
    await promise;
    expect(cache.close()).toBe(promise);
    expect(cache[Symbol.asyncDispose]()).toBe(promise);
  });

  test("waits for pending calls, then sends close", async () => {
    const { cache, log } = await play(`
      hello();
      let gets = [];
      for (const { ID, Command } of requests()) {
        log(Command);
        if (Command === "get") gets.push(ID);
        else if (Command === "put") { say({ ID, DiskPath: "/a" }); for (const ID of gets) say({ ID, Miss: true }); }
        else say({ ID });
      }
    `);
    const calls = [cache.get(key(1)), cache.get(key(2)), cache.put(key(3), "x".repeat(1_000_000))];
    const closing = cache.close();
    expect(await Promise.all(calls)).toMatchObject([null, null, { diskPath: "/a" }]);
    await closing;
    expect(log.all).toEqual(["get", "get", "put", "close"]);
  });

  test("makes later calls reject with CLOSED, while it waits and after it has settled", async () => {
    const { cache } = await play(emptyCache);
    const closing = cache.close();
    for (let round = 0; round < 2; round++) {
      const calls = [
        cache.get(key(1)),
        cache.put(key(1), "body"),
        cache.getFile(key(1)),
        cache.getBytes(key(1)),
        cache.getOrPut(key(1), () => "body"),
      ];
      for (const error of await Promise.all(calls.map(failure))) {
        expect(error.code).toBe("CLOSED");
        expect(error.message).toMatch(/is closed: (get|put) was called after close\(\)$/);
      }
      await closing;
    }
  });

  test.each([
    ["after its response", `say({ ID }); raw("bye!\\n");`],
    ["instead of a response", `raw("bye!\\n");`],
    ["joined to its response", `raw(JSON.stringify({ ID }) + "bye");`],
  ])("ignores output that isn't a response, %s, and lets the program finish", async (_, last) => {
    const file = path(`work ${_}`);
    const { cache } = await play(`
      hello();
      for (const { ID } of requests()) { ${last} }
      for (let count = 0; count < 1_000; count++) raw("still here: " + "x".repeat(1_000) + "\\n");
      fs.writeFileSync(${JSON.stringify(file)}, "");
    `);
    await cache.close();
    expect(existsSync(file)).toBe(true);
  });

  test("rejects with PROTOCOL_ERROR for a second response, which go doesn't accept either", async () => {
    const { cache } = await play(`hello(); for (const { ID } of requests()) { say({ ID }); say({ ID }); }`);
    expect(await failure(cache.close())).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("rejects with PROTOCOL_ERROR for a response with an unknown ID", async () => {
    const { cache } = await play(`hello(); for (const _ of requests()) say({ ID: 99 });`);
    expect(await failure(cache.close())).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("is called by await using", async () => {
    const { cache, log } = await play(`
      hello();
      for (const { ID, Command } of requests()) { log(Command); say({ ID, Miss: true }); }
    `);
    {
      await using using = cache;
      await using.get(key(1));
    }
    expect(log.all).toEqual(["get", "close"]);
    expect(isAlive(cache.pid)).toBe(false);
  });
});

describe("close of a program that doesn't end", () => {
  test.each([
    ["answers nothing", `for (const _ of requests()); hang()`],
    ["answers, but doesn't exit", `for (const { ID } of requests()) say({ ID }); hang()`],
    ["reads nothing", `hang()`],
    ["closes its stdout, but doesn't exit", `for (const _ of requests()) { fs.closeSync(1); hang(); }`],
  ])("stops it after closeTimeout if it %s", async (_, script) => {
    const { cache } = await play(`hello(); ${script}`, { closeTimeout: 100 });
    const error = await failure(cache.close());
    expect(error.code).toBe("TIMEOUT");
    expect(error.message).toContain("did not end within 100 ms of close()");
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("stops it with SIGKILL if it ignores SIGTERM", async () => {
    const { cache, log } = await play(
      `process.on("SIGTERM", () => log("not now")); hello(); setInterval(() => {}, 1_000_000); log("ready");`,
      { closeTimeout: 100 },
    );
    await log.after("ready");
    expect((await failure(cache.close())).code).toBe("TIMEOUT");
    expect(log.all).toEqual(["ready", "not now"]);
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("rejects pending calls with TIMEOUT", async () => {
    const { cache } = await play(`hello(); hang()`, { closeTimeout: 100 });
    const calls = [failure(cache.get(key(1))), failure(cache.put(key(2), "x".repeat(3_000_000)))];
    expect((await failure(cache.close())).code).toBe("TIMEOUT");
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: "TIMEOUT" });
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("rejects after closeTimeout if it has exited, but a child holds its pipes open", async () => {
    const { cache, log } = await play(
      `
        hello();
        const { pid } = Bun.spawn(["sleep", "1000"], { stdin: "inherit", stdout: "inherit", stderr: "inherit" });
        log("child " + pid);
        for (const { ID } of requests()) { say({ ID }); process.exit(); }
      `,
      { closeTimeout: 300 },
    );
    const child = Number(await log.after("child "));
    expect((await failure(cache.close())).code).toBe("TIMEOUT");
    await kill(child);
  });

  test("sends SIGTERM first, so the program can finish its work", async () => {
    const file = path("saved at SIGTERM");
    const { cache } = await play(
      `
        process.on("SIGTERM", () => { fs.writeFileSync(${JSON.stringify(file)}, ""); process.exit(); });
        hello();
        setInterval(() => {}, 1_000_000);
      `,
      { closeTimeout: 200 },
    );
    expect((await failure(cache.close())).code).toBe("TIMEOUT");
    expect(existsSync(file)).toBe(true);
  });
});

describe("close of a connection that failed before", () => {
  test("resolves after the exit if a call has reported the failure", async () => {
    const { cache } = await play(`hello(); for (const _ of requests()) process.exit(1)`);
    await failure(cache.get(key(1)));
    await cache.close();
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("rejects with the failure if no call has reported it", async () => {
    const { cache, log } = await play(`
      hello();
      log("leaving");
      await new Promise((resolve) => process.stderr.write("", resolve));
      fs.closeSync(1);
      log("gone");
      process.exit(6);
    `);
    await log.after("gone");
    await ended(cache.pid);
    const error = await failure(cache.close());
    expect(error).toMatchObject({ code: "EXITED" });
    expect(error.message).toContain("exited with code 6");
  });

  test("rejects with the failure even if the program hasn't exited yet", async () => {
    const { cache, log } = await play(
      `hello(["get"]); fs.closeSync(1); log("closed"); for (const _ of requests());`,
    );
    await log.after("closed");
    await eventsDelivered();
    const error = await failure(cache.close());
    expect(error).toMatchObject({ code: "EXITED" });
    expect(error.message).toContain("closed its stdout but is still running");
  });

  test("lets the program exit by itself, and stops one that doesn't", async () => {
    const file = path("saved");
    const { cache } = await play(`
      hello();
      for (const _ of requests()) raw("garbage");
      fs.writeFileSync(${JSON.stringify(file)}, "");
    `);
    await failure(cache.get(key(1)));
    await cache.close();
    expect(existsSync(file)).toBe(true);

    const { cache: other } = await play(`hello(); for (const _ of requests()) { raw("garbage"); hang(); }`);
    await failure(other.get(key(1)));
    await other.close();
    expect(isAlive(other.pid)).toBe(false);
  });
});
