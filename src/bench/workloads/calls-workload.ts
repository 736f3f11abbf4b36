import { Latencies } from "../../trace/latencies.ts";
import type { Figure, Phase, Scenario, Workload } from "./figure.ts";
import { type FigureContext, inParallel, repeat, Unexpected } from "./measurement.ts";
import { usageOf } from "./process-usage.ts";

/** The numbers of calls in flight. */
const inFlight = [1, 16, 64, 256];
/** The entries for hits: how many, their size in bytes, and how many puts are in flight. */
const entries = { count: 256, size: 1_024, inFlight: 16 };
/** Starts per program and round: the time of a single one varies too much. */
const starts = 3;

const sizes = [
  ["0B", 0],
  ["1KiB", 1_024],
  ["64KiB", 64 * 1_024],
  ["1MiB", 1_024 ** 2],
  ["16MiB", 16 * 1_024 ** 2],
] as const;

const handshake: Figure = {
  id: "handshake",
  description: "from the start of the program to its hello",
  shows: "time",
  needs: [],
  async run({ cache, handshake }) {
    const latencies = new Latencies();
    latencies.add(handshake);
    const usage = usageOf(cache.pid);
    return { calls: 1, elapsed: handshake, bytes: 0, latencies, cpu: usage?.cpu, memory: usage?.memory };
  },
};

function getMiss(count: number): Figure {
  return {
    id: `get-miss/${count}`,
    description: `gets that miss, ${count} in flight`,
    shows: "rate",
    needs: ["get"],
    run: (context) =>
      repeat(context, count, async () => {
        const entry = await context.cache.get(context.keys.next());
        if (entry !== null) throw new Unexpected("a get of an action that was never put was a hit");
        return 0;
      }),
  };
}

function getHit(count: number): Figure {
  return {
    id: `get-hit/${count}`,
    description: `gets that hit one of ${entries.count} entries, ${count} in flight`,
    shows: "rate",
    needs: ["get", "put"],
    run(context) {
      let next = 0;
      return repeat(context, count, async () => {
        const entry = await context.cache.get(context.keys.at(next++ % entries.count));
        if (entry === null) throw new Unexpected("a get of an action that was put was a miss");
        return 0;
      });
    },
  };
}

async function putEntries({ cache, keys, bodies }: FigureContext): Promise<void> {
  let next = 0;
  await inParallel(entries.inFlight, async (_, stopped) => {
    while (next < entries.count && !stopped()) {
      const index = next++;
      await cache.put(keys.at(index), bodies.at(index, entries.size));
    }
  });
}

function put([name, size]: (typeof sizes)[number]): Figure {
  return {
    id: `put/${name}`,
    description: `puts of ${name}, one at a time`,
    shows: "rate",
    needs: ["put"],
    async run(context) {
      const body = context.bodies.copy(size);
      return repeat(context, 1, async () => {
        const key = context.keys.next();
        // Different each time: most programs don't store a body that they have already.
        if (size > 0) body.set(key);
        await context.cache.put(key, body);
        return size;
      });
    },
  };
}

const gets: readonly Phase[] = [
  { answer: "miss", figures: inFlight.map(getMiss) },
  { answer: "hit", figures: inFlight.map(getHit), prepare: putEntries },
];

/** Measures each kind of call on its own. */
export const calls: Workload = {
  name: "calls",
  description: "handshakes, gets that miss or hit with 1 to 256 in flight, puts of 0 B to 16 MiB",
  scenarios: [
    ...Array.from({ length: starts }, (_, index) =>
      scenario(`handshake ${index}`, { answer: "miss", figures: [handshake] }),
    ),
    ...gets.map((phase) => scenario(`get ${phase.answer}`, phase)),
    scenario("put", { answer: "hit", figures: sizes.map(put) }),
  ],
};

function scenario(name: string, phase: Phase): Scenario {
  return { name, phases: [phase] };
}
