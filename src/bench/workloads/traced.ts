import { basename, extname } from "node:path";
import { AsRecorded, InFlight } from "../../trace/replay/order.ts";
import { loadPlan, type ReplayPlan } from "../../trace/replay/plan.ts";
import { play } from "../../trace/replay/play.ts";
import type { Command } from "../../wire/messages.ts";
import type { Figure, Workload } from "./figure.ts";
import type { FigureContext } from "./measurement.ts";
import { largestBody, replay } from "./replayed.ts";

/** How many puts are in flight while what was there before is put. */
const preparing = 16;

/**
 * The requests of a trace, with as many in flight as the recording had, as one figure. Ids and bodies are made. What hit
 * without being put is put first, in a process of its own.
 *
 * @throws (rejects) {CacheProgError} `BAD_TRACE`, as {@link loadPlan}
 */
export async function traced(path: string): Promise<Workload> {
  const plan = await loadPlan(path);
  const { calls, prepared, recording } = plan;
  const finds = calls.some((call) => call.finds !== undefined);
  // The no-op program has only one answer, so a trace with both is only checked for hits.
  const answer = finds ? "hit" : "miss";
  const expected = (number: number) => {
    const must = calls[number]?.finds === undefined ? "miss" : "hit";
    return must === answer ? must : undefined;
  };
  const name = basename(path, extname(path)).replace(/[^\w.-]/g, "-");
  const figure: Figure = {
    id: `trace/${name}`,
    description: `the requests of ${path}: ${describe(plan)}`,
    shows: "time",
    needs: needsOf(plan),
    run: (context) => replay(context, calls, new AsRecorded(recording), expected),
  };
  const phases = [{ answer, figures: [figure] }] as const;
  const scenario = { name: figure.id, phases };
  return {
    name: path,
    description: figure.description,
    scenarios: [
      prepared.length === 0 ? scenario : { ...scenario, prepare: (context) => prepare(context, plan) },
    ],
  };
}

async function prepare(
  { cache, keys, bodies }: FigureContext,
  { calls, prepared }: ReplayPlan,
): Promise<void> {
  // With the same room as the figure has, so that the bodies are the same.
  bodies.reserve(Math.max(largestBody(prepared), largestBody(calls)));
  await play(prepared.length, new InFlight(preparing, prepared), async (number) => {
    const call = prepared[number];
    if (call !== undefined) await cache.put(keys.at(call.action), bodies.at(call.body.index, call.body.size));
  });
}

function describe({ calls, prepared }: ReplayPlan): string {
  const puts = calls.filter(({ body }) => body !== undefined).length;
  const first = prepared.length === 0 ? "" : `, after puts of the ${prepared.length} entries that were there`;
  return `${calls.length - puts} gets and ${puts} puts${first}`;
}

function needsOf({ calls, prepared }: ReplayPlan): readonly Command[] {
  const puts = prepared.length > 0 || calls.some(({ body }) => body !== undefined);
  const gets = calls.some(({ body }) => body === undefined);
  return [...(gets ? (["get"] as const) : []), ...(puts ? (["put"] as const) : [])];
}
