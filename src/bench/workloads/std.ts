import { availableParallelism } from "node:os";
import type { Figure, Phase, Workload } from "./figure.ts";
import trace from "./go-build-std.json" with { type: "json" };
import { type FigureContext, inParallel, type Measurement, measure, Unexpected } from "./measurement.ts";

/** A request of a go build: a put if it has a body, otherwise a get. */
export interface BuildRequest {
  /** The number of the action, from 0. */
  readonly action: number;
  readonly body?: { readonly index: number; readonly size: number };
}

const sizes = trace.sizes.split(" ").map(Number);

/** The requests of one `go build std`, in order: with an empty cache, then again. Made by tests/tools/std-workload.ts. */
export const goBuildStd: Readonly<Record<"cold" | "warm", readonly BuildRequest[]>> = {
  cold: trace.cold.split(" ").map(parseRequest),
  warm: trace.warm.split(" ").map(parseRequest),
};

function parseRequest(word: string): BuildRequest {
  const [action, index] = word.split("=").map(Number);
  if (action === undefined) throw new Error("a request in go-build-std.json has no action");
  if (index === undefined) return { action };
  return { action, body: { index, size: sizes[index] ?? 0 } };
}

/** As many requests in flight as go has: each of its workers waits for its answer, even to a put. Source: work.Builder.Do */
const workers = availableParallelism();

async function replay(
  context: FigureContext,
  requests: readonly BuildRequest[],
  hits: boolean,
): Promise<Measurement> {
  const { cache, keys, bodies } = context;
  bodies.at(0, 0); // generates the bodies, which must not be measured
  return measure(context, async (latencies) => {
    const rest = requests.values();
    let bytes = 0;
    await inParallel(workers, async (_, stopped) => {
      for (const { action, body } of rest) {
        const begun = performance.now();
        if (body === undefined) {
          const isHit = (await cache.get(keys.at(action))) !== null;
          if (isHit !== hits)
            throw new Unexpected(
              hits
                ? "a get of an action that was put was a miss"
                : "a get of an action that was never put was a hit",
            );
        } else {
          await cache.put(keys.at(action), bodies.at(body.index, body.size));
          bytes += body.size;
        }
        latencies.add(performance.now() - begun);
        if (stopped()) return;
      }
    });
    return bytes;
  });
}

const cold: Figure = {
  id: "std/cold",
  description: "the requests of go build std with an empty cache: 690 gets and 1,387 puts of 164 MB",
  shows: "time",
  needs: ["get", "put"],
  run: (context) => replay(context, goBuildStd.cold, false),
};

const warm: Figure = {
  id: "std/warm",
  description: "the requests of a second go build std: 1,019 gets",
  shows: "time",
  needs: ["get", "put"],
  run: (context) => replay(context, goBuildStd.warm, true),
};

const phases: readonly Phase[] = [
  { answer: "miss", figures: [cold] },
  { answer: "hit", figures: [warm] },
];

/** Measures the program's part of a build: without the compiler, and without go reading the files. */
export const std: Workload = {
  name: "std",
  description: "the requests of go build std, cold and warm, with as many in flight as go has",
  scenarios: [{ name: "std", phases }],
};
