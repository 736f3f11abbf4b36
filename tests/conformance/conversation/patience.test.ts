import { expect, test } from "bun:test";
import { CheckContext } from "../../../src/conformance/conversation/context.ts";
import { type Clock, Patience } from "../../../src/conformance/conversation/patience.ts";
import { CouldNotRun, Finding } from "../../../src/conformance/finding.ts";
import { dialects } from "../../../src/conformance/peer/dialect.ts";
import { Sandbox } from "../../../src/conformance/sandbox/sandbox.ts";

const settings = {
  command: [],
  dialect: dialects[0],
  signal: new AbortController().signal,
  slowStart: 0,
  passEnv: [],
  compiled: "",
  keep: undefined,
  trace: undefined,
  began: 0,
  contexts: new Set<CheckContext>(),
};

/** A clock that a test advances. */
class TestClock implements Clock {
  #now = 0;
  #calls: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const call = { at: this.#now + ms, callback };
    this.#calls.push(call);
    return () => {
      this.#calls = this.#calls.filter((other) => other !== call);
    };
  }

  get waiting(): number {
    return this.#calls.length;
  }

  advance(ms: number): void {
    for (const end = this.#now + ms; this.#now < end; this.#now++) {
      const due = this.#calls.filter(({ at }) => at <= this.#now);
      this.#calls = this.#calls.filter((call) => !due.includes(call));
      for (const { callback } of due) callback();
    }
  }
}

function patience(time: number) {
  const clock = new TestClock();
  const patience = new Patience(time, clock);
  const ends: number[] = [];
  const forget = patience.onEnd(() => ends.push(clock.now()));
  return { clock, patience, ends, forget };
}

test("it ends after the limit without activity, however long earlier activity took", () => {
  const { clock, patience: five, ends } = patience(5_000);
  for (let answer = 0; answer < 4; answer++) {
    clock.advance(4_900);
    five.renew();
  }
  expect(ends).toEqual([]);
  clock.advance(5_001);
  expect(ends).toEqual([4 * 4_900 + 5_000]);
  expect(five.isExhausted).toBe(false);
});

test("it ends after twelve times the limit, despite activity", () => {
  const { clock, patience: five, ends } = patience(5_000);
  for (let second = 0; second < 70; second++) {
    five.renew();
    clock.advance(1_000);
  }
  expect(ends).toEqual([60_000]);
  expect(five.isExhausted).toBe(true);
});

test("extra time applies once, and never shortens the time that is left", () => {
  const { clock, patience: five, ends } = patience(5_000);
  five.renew(8_000);
  clock.advance(1_000);
  five.renew();
  clock.advance(20_000);
  expect(ends).toEqual([13_000]);
});

test("a cancelled wait leaves no timer, also after it was renewed", () => {
  const { clock, patience: five, ends, forget } = patience(5_000);
  five.renew(1_000);
  clock.advance(5_500);
  expect(clock.waiting).toBe(1);
  forget();
  expect(clock.waiting).toBe(0);
  clock.advance(10_000);
  expect(ends).toEqual([]);
});

test("a program that keeps responding for too long is slow; one that falls silent is not", async () => {
  await using sandbox = await Sandbox.create();
  const wait = (signsOfLife: number) => {
    const clock = new TestClock();
    const patience = new Patience(5_000, clock);
    const context = new CheckContext(settings, sandbox, patience);
    for (let second = 0; second < signsOfLife; second++) {
      clock.advance(1_000);
      patience.renew();
    }
    const error = context
      .within("an answer", () => "nothing", new Promise(() => {}))
      .catch((thrown: unknown) => thrown);
    clock.advance(10_000);
    return error;
  };
  const [slow, silent] = [await wait(58), await wait(20)];
  expect(slow).toBeInstanceOf(CouldNotRun);
  expect(String(slow)).toContain("the program responds, but too slowly: the check did not finish in 60.0 s");
  expect(silent).toBeInstanceOf(Finding);
  expect(silent).toMatchObject({ expected: "an answer within 5.0 s", actual: "nothing", late: true });
});
