import { within } from "../../client/deadline.ts";
import { Finding } from "../finding.ts";

/**
 * Does something again and again, as a race is not lost every time: three times at least, and until the time is over,
 * in ms.
 *
 * @returns how many times
 */
export async function repeatFor(time: number, work: (round: number) => Promise<void>): Promise<number> {
  const end = performance.now() + time;
  for (let round = 0; ; round++) {
    if (round >= 3 && performance.now() >= end) return round;
    await work(round);
  }
}

/** Resolves when so much time has passed, to a part of a ms, which a timer does not tell. */
export async function spinFor(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}

/** How long what should be prompt may take, in ms. */
const limit = 2_000;

/** @param what such as "the exit after SIGTERM" @throws {Finding} where it takes more than two seconds */
export async function requireSoon(promise: Promise<unknown>, what: string): Promise<void> {
  const done = promise.then(() => true);
  if (!(await within(limit, done))) {
    throw new Finding(`${what} within ${limit} ms`, "it did not come", { late: true });
  }
}
