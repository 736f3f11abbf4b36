import { within } from "../../wait.ts";
import { Finding } from "../finding.ts";

/**
 * Repeats some work, because a race isn't lost every time: at least five times, and until `time` ms have passed.
 *
 * @returns how many times
 */
export async function repeatFor(time: number, work: (round: number) => Promise<void>): Promise<number> {
  const end = performance.now() + time;
  for (let round = 0; ; round++) {
    if (round >= 5 && performance.now() >= end) return round;
    await work(round);
  }
}

/** Waits for a time in ms, exact to a fraction of a ms, which a timer is not. */
export async function spinFor(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}

/** The limit of {@link requireSoon}, in ms. */
const limit = 2_000;

/** @param what such as "the exit after SIGTERM" @throws {Finding} if it takes more than two seconds */
export async function requireSoon(promise: Promise<unknown>, what: string): Promise<void> {
  const done = promise.then(() => true);
  if (!(await within(limit, done))) {
    throw new Finding(`${what} within ${limit} ms`, "it didn't happen", { late: true });
  }
}
