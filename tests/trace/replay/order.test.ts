import { expect, test } from "bun:test";
import { randomFrom } from "../../../src/trace/replay/keys.ts";
import {
  AsRecorded,
  AtRecordedPace,
  InFlight,
  type Order,
  type RecordedOrder,
} from "../../../src/trace/replay/order.ts";
import { play } from "../../../src/trace/replay/play.ts";

const never = Number.POSITIVE_INFINITY;

/** A recording with 1 to 8 calls in flight, from a seed. */
function randomRecording(
  seed: string,
  count: number,
): RecordedOrder & { readonly inFlight: readonly number[] } {
  const random = randomFrom(seed);
  const [after, sent, inFlight]: [number[], number[], number[]] = [[], [], []];
  const answers: { call: number; at: number }[] = [];
  const open: number[] = [];
  for (let at = 0; answers.length < count; at++) {
    const isFull = after.length === count || open.length === 8;
    if (open.length > 0 && (isFull || random() % 2 === 0)) {
      const [call = 0] = open.splice(random() % open.length, 1);
      answers.push({ call, at });
    } else {
      open.push(after.length);
      inFlight.push(open.length);
      sent.push(at);
      after.push(answers.length);
    }
  }
  return { after, sent, answers, inFlight };
}

test("as recorded: whatever the order of the responses, each call is sent after those that had their response before it", async () => {
  for (const seed of ["a", "b", "c", "d"]) {
    const recording = randomRecording(seed, 300);
    const random = randomFrom(`${seed} answers`);
    const pending = new Map<number, () => void>();
    const answered = new Set<number>();
    const sent: number[] = [];
    const settle = () => {
      const [number, done] = [...pending][random() % pending.size] ?? [];
      if (number === undefined || done === undefined) return;
      pending.delete(number);
      answered.add(number);
      done();
    };
    const all = play(300, new AsRecorded(recording), async (number) => {
      sent.push(number);
      const before = recording.answers.slice(0, recording.after[number]).map(({ call }) => call);
      expect(before.filter((call) => !answered.has(call))).toEqual([]);
      await new Promise<void>((resolve) => pending.set(number, resolve));
    });
    let finished = false;
    const end = () => {
      finished = true;
    };
    all.then(end, end);
    while (!finished) {
      // As many as the recording had then, or fewer.
      expect(pending.size).toBeLessThanOrEqual(recording.inFlight[sent.length - 1] ?? 0);
      settle();
      await Promise.resolve()
        .then(() => {})
        .then(() => {});
    }
    await all;
    expect(sent).toEqual(Array.from({ length: 300 }, (_, number) => number));
  }
});

test("a fixed number in flight: the next is sent with each response, unless its action has a call without one", () => {
  const order = new InFlight(2, [{ action: 0 }, { action: 1 }, { action: 0 }, { action: 2 }]);
  expect(order.wait(1, 1)).toBe(0);
  expect(order.wait(2, 2)).toBe(never);
  order.answered(1);
  expect(order.wait(2, 1)).toBe(never); // call 0 has no response yet
  order.answered(0);
  expect(order.wait(2, 0)).toBe(0);
});

test("at the recorded pace: go takes as long from a response to the next request as in the recording", () => {
  let now = 1_000;
  const order = new AtRecordedPace(
    {
      after: [0, 0, 2, 3],
      sent: [5, 8, 30, 50],
      answers: [
        { call: 1, at: 10 },
        { call: 0, at: 20 },
        { call: 2, at: 40 },
      ],
    },
    () => now,
  );
  const send = (number: number) => {
    expect(order.wait(number)).toBe(0);
    order.sent(number);
  };
  send(0);
  expect(order.wait(1)).toBe(3);
  now += 4; // the timer is a millisecond late
  send(1);
  order.answered(1);
  expect(order.wait(2)).toBe(never);
  now += 96; // a slow response delays what comes after it
  order.answered(0);
  expect(order.wait(2)).toBe(10);
  now += 15; // that one is 5 ms late
  send(2);
  now += 1;
  order.answered(2);
  expect(order.wait(3)).toBe(10 - 5); // which is made up for
});

test("nothing is sent after a call that fails, or after the signal", async () => {
  const order: Order = { wait: () => 0, answered: () => {} };
  const sent: number[] = [];
  const failing = play(
    5,
    new InFlight(
      1,
      Array.from({ length: 5 }, (_, action) => ({ action })),
    ),
    async (number) => {
      sent.push(number);
      if (number === 2) throw new Error("no");
    },
  );
  await expect(failing).rejects.toThrow("no");
  expect(sent).toEqual([0, 1, 2]);

  const controller = new AbortController();
  const stopped = play(
    2,
    { ...order, wait: (number) => (number === 1 ? 1e6 : 0) },
    async () => {},
    controller.signal,
  );
  controller.abort(new Error("stop"));
  await expect(stopped).rejects.toThrow("stop");
  await play(0, order, async () => {});
});
