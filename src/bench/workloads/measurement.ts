import type { CacheProg } from "../../client/client.ts";
import { Latencies } from "../statistics/latencies.ts";
import type { Bodies } from "./bodies.ts";
import type { Keys } from "./keys.ts";
import { type Usage, usageOf } from "./process-usage.ts";

/** How much of the time of a figure goes by, again, before anything counts. */
const warmUp = 0.2;
/** The most that is put in one run of a figure, in bytes: a disk is only so large. */
const mostBytes = 1024 ** 3;

/** What a figure is measured with: one process of a program, and ids and bodies to send it. */
export interface FigureContext {
  readonly cache: CacheProg;
  /** How long it took to say hello, in ms. */
  readonly handshake: number;
  /** How long a figure is measured that is measured for a time, in ms. */
  readonly slice: number;
  /** Action ids of this process alone: {@link Keys.at} names what is put and found again, next() what is not. */
  readonly keys: Keys;
  readonly bodies: Bodies;
}

/** One run of a figure. */
export interface Measurement {
  readonly calls: number;
  /** In ms. */
  readonly elapsed: number;
  /** What was put, in bytes. */
  readonly bytes: number;
  readonly latencies: Latencies;
  /** What the program used, in ms of its processors; undefined where the system does not tell. */
  readonly cpu: number | undefined;
  /** Its most memory until then, in bytes. */
  readonly memory: number | undefined;
}

/** The program answered, but not so that the figure would be one. */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
}

/** A call of one of those that are in flight together. @returns how many bytes were put */
export type CallOf = (worker: number) => Promise<number>;

/** Repeats a call, so many at once, for the time of a slice, after a warm-up that does not count. */
export async function repeat(context: FigureContext, inFlight: number, call: CallOf): Promise<Measurement> {
  await loop(context.slice * warmUp, inFlight, call, new Latencies());
  return measure(context, (latencies) => loop(context.slice, inFlight, call, latencies));
}

/** Measures what `work` does: it says how many bytes it put. */
export async function measure(
  { cache }: FigureContext,
  work: (latencies: Latencies) => Promise<number>,
): Promise<Measurement> {
  const latencies = new Latencies();
  const before = usageOf(cache.pid);
  const started = performance.now();
  const bytes = await work(latencies);
  const elapsed = performance.now() - started;
  return { calls: latencies.count, elapsed, bytes, latencies, ...used(before, usageOf(cache.pid)) };
}

function used(before: Usage | undefined, after: Usage | undefined): Pick<Measurement, "cpu" | "memory"> {
  return { cpu: before && after && Math.max(0, after.cpu - before.cpu), memory: after?.memory };
}

/** Each of those in flight calls once at least, and begins no call when the time is over. */
async function loop(time: number, inFlight: number, call: CallOf, latencies: Latencies): Promise<number> {
  const deadline = performance.now() + time;
  let bytes = 0;
  await inParallel(inFlight, async (worker, stopped) => {
    for (let begun = performance.now(); ; ) {
      bytes += await call(worker);
      const ended = performance.now();
      latencies.add(ended - begun);
      begun = ended;
      if (ended >= deadline || bytes >= mostBytes || stopped()) return;
    }
  });
  return bytes;
}

/** Runs so many workers at once. When one fails, the others are to stop, and are not waited for. */
export async function inParallel(
  count: number,
  work: (worker: number, stopped: () => boolean) => Promise<void>,
): Promise<void> {
  let failed = false;
  const stopped = () => failed;
  try {
    await Promise.all(Array.from({ length: count }, (_, worker) => work(worker, stopped)));
  } catch (error) {
    failed = true;
    throw error;
  }
}
