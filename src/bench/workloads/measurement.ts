import type { CacheProg } from "../../client/client.ts";
import { Latencies } from "../../trace/latencies.ts";
import type { Bodies } from "../../trace/replay/bodies.ts";
import type { Keys } from "../../trace/replay/keys.ts";
import { type Usage, usageOf } from "./process-usage.ts";

/** The length of the warm-up before a figure, as a share of its slice. */
const warmUp = 0.2;
/** The most bytes to put in one run of a figure, to spare the disk. */
const mostBytes = 1024 ** 3;

/** What a figure is measured with: one process of a program, and ids and bodies to send it. */
export interface FigureContext {
  readonly cache: CacheProg;
  /** The time from the start to the hello, in ms. */
  readonly handshake: number;
  /** How long to measure a figure that isn't a fixed number of calls, in ms. */
  readonly slice: number;
  /** Action ids for this process: {@link Keys.at} for entries that are put and found again, next() for new ones. */
  readonly keys: Keys;
  readonly bodies: Bodies;
}

/** One run of a figure. */
export interface Measurement {
  readonly calls: number;
  /** In ms. */
  readonly elapsed: number;
  /** The number of bytes put. */
  readonly bytes: number;
  readonly latencies: Latencies;
  /** CPU time of the program, in ms; undefined if the system doesn't say. */
  readonly cpu: number | undefined;
  /** Peak memory of the program so far, in bytes. */
  readonly memory: number | undefined;
}

/** The program gave a wrong answer, so its speed means nothing. */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
}

/** Makes one call. @param worker which of the calls in flight it is @returns how many bytes it put */
export type CallOf = (worker: number) => Promise<number>;

/** Repeats a call for the slice, with `inFlight` calls at once, after a warm-up that doesn't count. */
export async function repeat(context: FigureContext, inFlight: number, call: CallOf): Promise<Measurement> {
  await loop(context.slice * warmUp, inFlight, call, new Latencies());
  return measure(context, (latencies) => loop(context.slice, inFlight, call, latencies));
}

/** Measures `work`, which returns the number of bytes it put. */
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

/** Each worker makes at least one call, and starts no more after the deadline. */
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

/** Runs `count` workers at once. If one fails, the others are told to stop, and aren't waited for. */
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
