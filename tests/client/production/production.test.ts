import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cache } from "../../../src/client/cache.ts";
import { isWhole } from "../../../src/client/production/entry-file.ts";
import { Producer } from "../../../src/client/production/producer.ts";
import { type Body, fileHash } from "../../../src/index.ts";
import { temporaryDirectory } from "../guard.ts";
import { failure, key } from "../scripted.ts";

const directory = temporaryDirectory();
let count = 0;

/** A cache in which nothing is ever found. */
const empty: Cache = {
  get: async () => null,
  async put(_, body) {
    const diskPath = join(directory, String(++count));
    if (typeof body !== "string") throw new Error("the tests here produce text");
    writeFileSync(diskPath, body);
    return { outputID: await fileHash(diskPath), size: body.length, diskPath };
  },
};

/** getOrPut of named actions. Returns the body. */
class Steps {
  readonly #producer = new Producer(empty);

  async make(name: string, produce: () => Body | Promise<Body>, signal?: AbortSignal): Promise<string> {
    const { diskPath } = await this.#producer.getOrPut(key(name), produce, { accept: isWhole, signal });
    return Bun.file(diskPath).text();
  }
}

function hex(name: string): string {
  return key(name).toHex();
}

describe("a getOrPut that would wait for itself is rejected:", () => {
  test("produce asks for its own action", async () => {
    const steps = new Steps();
    const produce = async () => await steps.make("a", produce);
    const error = await failure(steps.make("a", produce));
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(error.message).toContain(`getOrPut of action ${hex("a")} would wait for itself: `);
    expect(await steps.make("a", () => "anew")).toBe("anew");
  });

  test("produce asks for it through other actions", async () => {
    const steps = new Steps();
    const a = async () => await steps.make("b", b);
    const b = async () => await steps.make("c", c);
    const c = async () => await steps.make("a", a);
    const error = await failure(steps.make("a", a));
    expect(error.message).toContain(`${hex("a")} would wait for itself, through ${hex("b")}, ${hex("c")}: `);
  });

  test("two that run at once ask for each other", async () => {
    const steps = new Steps();
    const both = Promise.withResolvers<void>();
    let begun = 0;
    const produce = (other: string) => async () => {
      if (++begun === 2) both.resolve();
      await both.promise;
      return await steps.make(other, () => expect.unreachable());
    };
    const outcomes = await Promise.allSettled([steps.make("a", produce("b")), steps.make("b", produce("a"))]);
    expect(outcomes).toEqual([
      { status: "rejected", reason: expect.objectContaining({ code: "BAD_ARGUMENT" }) },
      { status: "rejected", reason: expect.objectContaining({ code: "BAD_ARGUMENT" }) },
    ]);
  });

  test("produce asks for it through another connection", async () => {
    const [one, other] = [new Steps(), new Steps()];
    const produce = async () => await other.make("a", again);
    const again = async () => await one.make("a", produce);
    expect(await failure(one.make("a", produce))).toMatchObject({ code: "BAD_ARGUMENT" });
  });

  test("produce asks for it again after all its callers were aborted", async () => {
    const steps = new Steps();
    const controller = new AbortController();
    const left = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<unknown>();
    const produce = async () => {
      controller.abort();
      await left.promise;
      const again = failure(steps.make("a", () => expect.unreachable()));
      asked.resolve(again);
      return (await again).message;
    };
    expect(await failure(steps.make("a", produce, controller.signal))).toMatchObject({ code: "ABORTED" });
    left.resolve();
    expect(await asked.promise).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(await steps.make("a", () => "anew")).toBe("anew");
  });

  test("produce can catch the error and go on", async () => {
    const steps = new Steps();
    const produce = () => steps.make("a", produce).then(String, () => "without");
    expect(await steps.make("a", produce)).toBe("without");
  });
});

describe("produce may ask for", () => {
  test("other actions, and these for the same ones", async () => {
    const steps = new Steps();
    const d = async () => "d";
    const join = async (...names: string[]) => {
      const entries = await Promise.all(names.map((name) => steps.make(name, parts[name] ?? d)));
      return `(${entries.join("")})`;
    };
    const parts: Record<string, () => Promise<string>> = {
      a: () => join("b", "c", "d"),
      b: () => join("c", "d"),
      c: () => join("d"),
    };
    expect(await steps.make("a", () => join("b", "c", "d"))).toBe("(((d)d)(d)d)");
  });

  test("its own action on another connection", async () => {
    const [one, other] = [new Steps(), new Steps()];
    const entry = await one.make("a", async () => await other.make("a", () => "body"));
    expect(entry).toBe("body");
  });

  test("its own action after it has settled, from a task it left running", async () => {
    const steps = new Steps();
    const done = Promise.withResolvers<void>();
    const later = Promise.withResolvers<string>();
    const produce = () => {
      later.resolve(done.promise.then(() => steps.make("a", () => "later")));
      return "now";
    };
    expect(await steps.make("a", produce)).toBe("now");
    done.resolve();
    expect(await later.promise).toBe("later");
  });

  test("an action that no longer waits for it", async () => {
    const steps = new Steps();
    const controller = new AbortController();
    const left = Promise.withResolvers<void>();
    const entry = steps.make("a", async () => {
      await left.promise;
      return await steps.make("b", () => expect.unreachable());
    });
    const b = steps.make("b", async () => {
      const waiting = failure(steps.make("a", () => expect.unreachable(), controller.signal));
      controller.abort();
      await waiting;
      left.resolve();
      return "b";
    });
    expect(await b).toBe("b");
    expect(await entry).toBe("b");
  });
});
