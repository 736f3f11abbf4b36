/**
 * Does something again and again, as a race is not lost every time: three times at least, and until the time is over,
 * in ms.
 *
 * @returns how many times
 */
export async function rounds(time: number, work: (round: number) => Promise<void>): Promise<number> {
  const end = performance.now() + time;
  for (let round = 0; ; round++) {
    if (round >= 3 && performance.now() >= end) return round;
    await work(round);
  }
}

/** Resolves when so much time has passed, to a part of a ms, which a timer does not tell. */
export async function pass(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}
