import { describe, expect, test } from "bun:test";
import { type Cache, Producer } from "../../src/client/cache.ts";
import type { Body, Entry } from "../../src/index.ts";
import { failure, key } from "./scripted.ts";

/** A cache that is always empty. */
const empty: Cache = {
  get: async () => null,
  put: async (_, body) => ({ outputID: key(String(body)), size: String(body).length, diskPath: `/${body}` }),
};

/** getOrPut of named actions. */
class Steps {
  readonly #producer = new Producer(empty);

  make(name: string, produce: () => Body | Promise<Body>, signal?: AbortSignal): Promise<Entry> {
    return this.#producer.getOrPut(key(name), produce, signal);
  }
}

function hex(name: string): string {
  return key(name).toHex();
}

describe("a getOrPut that would wait for itself is rejected:", () => {
  test("produce asks for its own action", async () => {
    const steps = new Steps();
    const produce = async () => (await steps.make("a", produce)).diskPath;
    const error = await failure(steps.make("a", produce));
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(error.message).toContain(`getOrPut of action ${hex("a")} would wait for itself: `);
    expect(await steps.make("a", () => "anew")).toMatchObject({ diskPath: "/anew" });
  });

  test("produce asks for it through other actions", async () => {
    const steps = new Steps();
    const a = async () => (await steps.make("b", b)).diskPath;
    const b = async () => (await steps.make("c", c)).diskPath;
    const c = async () => (await steps.make("a", a)).diskPath;
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
      return (await steps.make(other, () => expect.unreachable())).diskPath;
    };
    const outcomes = await Promise.allSettled([steps.make("a", produce("b")), steps.make("b", produce("a"))]);
    expect(outcomes).toEqual([
      { status: "rejected", reason: expect.objectContaining({ code: "BAD_ARGUMENT" }) },
      { status: "rejected", reason: expect.objectContaining({ code: "BAD_ARGUMENT" }) },
    ]);
  });

  test("produce asks for it through another connection", async () => {
    const [one, other] = [new Steps(), new Steps()];
    const produce = async () => (await other.make("a", again)).diskPath;
    const again = async () => (await one.make("a", produce)).diskPath;
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
    expect(await steps.make("a", () => "anew")).toMatchObject({ diskPath: "/anew" });
  });

  test("produce can catch the error and go on", async () => {
    const steps = new Steps();
    const produce = () => steps.make("a", produce).then(String, () => "without");
    expect(await steps.make("a", produce)).toMatchObject({ diskPath: "/without" });
  });
});

describe("produce may ask for", () => {
  test("other actions, and these for the same ones", async () => {
    const steps = new Steps();
    const d = async () => "d";
    const join = async (...names: string[]) => {
      const entries = await Promise.all(names.map((name) => steps.make(name, parts[name] ?? d)));
      return entries.map(({ diskPath }) => diskPath).join("");
    };
    const parts: Record<string, () => Promise<string>> = {
      a: () => join("b", "c", "d"),
      b: () => join("c", "d"),
      c: () => join("d"),
    };
    expect(await steps.make("a", () => join("b", "c", "d"))).toMatchObject({ diskPath: "////d/d//d/d" });
  });

  test("its own action on another connection", async () => {
    const [one, other] = [new Steps(), new Steps()];
    const entry = await one.make("a", async () => (await other.make("a", () => "body")).diskPath);
    expect(entry).toMatchObject({ diskPath: "//body" });
  });

  test("its own action after it has settled, from a task it left running", async () => {
    const steps = new Steps();
    const done = Promise.withResolvers<void>();
    const later = Promise.withResolvers<Entry>();
    const produce = () => {
      later.resolve(done.promise.then(() => steps.make("a", () => "later")));
      return "now";
    };
    expect(await steps.make("a", produce)).toMatchObject({ diskPath: "/now" });
    done.resolve();
    expect(await later.promise).toMatchObject({ diskPath: "/later" });
  });

  test("an action that no longer waits for it", async () => {
    const steps = new Steps();
    const controller = new AbortController();
    const left = Promise.withResolvers<void>();
    const entry = steps.make("a", async () => {
      await left.promise;
      return (await steps.make("b", () => expect.unreachable())).diskPath;
    });
    const b = steps.make("b", async () => {
      const waiting = failure(steps.make("a", () => expect.unreachable(), controller.signal));
      controller.abort();
      await waiting;
      left.resolve();
      return "b";
    });
    expect(await b).toMatchObject({ diskPath: "/b" });
    expect(await entry).toMatchObject({ diskPath: "//b" });
  });
});
