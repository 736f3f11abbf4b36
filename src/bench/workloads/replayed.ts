import type { Order } from "../../trace/replay/order.ts";
import type { Call } from "../../trace/replay/plan.ts";
import { play } from "../../trace/replay/play.ts";
import { type FigureContext, type Measurement, measure, Unexpected } from "./measurement.ts";

const unexpected = {
  hit: "a get of an action that was put was a miss",
  miss: "a get of an action that was never put was a hit",
} as const;

/**
 * Makes calls in an order, and measures them.
 *
 * @param expected what the get with this number must be; undefined if it may be either
 * @throws (rejects) {Unexpected} if a get isn't what it must be; what the client throws
 */
export async function replay(
  context: FigureContext,
  calls: readonly Call[],
  order: Order,
  expected: (number: number) => "hit" | "miss" | undefined,
): Promise<Measurement> {
  const { cache, keys, bodies } = context;
  bodies.reserve(largestBody(calls)); // generates the bodies, which must not be measured
  return measure(context, async (latencies) => {
    let bytes = 0;
    const call = async (number: number) => {
      const { action = 0, body } = calls[number] ?? {};
      const begun = performance.now();
      if (body === undefined) {
        const found = (await cache.get(keys.at(action))) === null ? "miss" : "hit";
        const must = expected(number) ?? found;
        if (found !== must) throw new Unexpected(unexpected[must]);
      } else {
        await cache.put(keys.at(action), bodies.at(body.index, body.size));
        bytes += body.size;
      }
      latencies.add(performance.now() - begun);
    };
    await play(calls.length, order, call);
    return bytes;
  });
}

/** In bytes. */
export function largestBody(calls: readonly Call[]): number {
  return calls.reduce((most, { body }) => Math.max(most, body?.size ?? 0), 0);
}
