import { Latencies } from "../statistics/latencies.ts";
import type { Figure, Phase, Scenario, Workload } from "./figure.ts";
import { type FigureContext, inParallel, repeat, Unexpected } from "./measurement.ts";
import { usageOf } from "./process-usage.ts";

/** How many calls are under way at once. */
const inFlight = [1, 16, 64, 256];
/** How many entries there are to be found, and how large they are, in bytes. */
const entries = { count: 256, size: 1_024, inFlight: 16 };
/** How often a program is started in each round: of a single start there is not much to say. */
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
    description: `gets of what nobody has put, ${count} in flight`,
    shows: "rate",
    needs: ["get"],
    run: (context) =>
      repeat(context, count, async () => {
        const entry = await context.cache.get(context.keys.next());
        if (entry !== null) throw new Unexpected("a get of what nobody has put was a hit");
        return 0;
      }),
  };
}

function getHit(count: number): Figure {
  return {
    id: `get-hit/${count}`,
    description: `gets of ${entries.count} entries, ${count} in flight`,
    shows: "rate",
    needs: ["get", "put"],
    run(context) {
      let next = 0;
      return repeat(context, count, async () => {
        const entry = await context.cache.get(context.keys.at(next++ % entries.count));
        if (entry === null) throw new Unexpected("a get of what was put was a miss");
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
    description: `puts of bodies of ${name}, one at a time`,
    shows: "rate",
    needs: ["put"],
    async run(context) {
      const body = context.bodies.copy(size);
      return repeat(context, 1, async () => {
        const key = context.keys.next();
        // A body that was put before is no work for most programs.
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

/** What each kind of call costs. */
export const calls: Workload = {
  name: "calls",
  description: "handshakes, gets that miss and that hit with 1 to 256 in flight, puts of 0 B to 16 MiB",
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
