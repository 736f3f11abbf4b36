import { availableParallelism } from "node:os";
import { InFlight } from "../../trace/replay/order.ts";
import type { Call } from "../../trace/replay/plan.ts";
import type { Figure, Phase, Workload } from "./figure.ts";
import trace from "./go-build-std.json" with { type: "json" };
import { replay } from "./replayed.ts";

const sizes = trace.sizes.split(" ").map(Number);

/** The requests of one `go build std`, in order: with an empty cache, then again. Made by tests/tools/std-workload.ts. */
export const goBuildStd: Readonly<Record<"cold" | "warm", readonly Call[]>> = {
  cold: trace.cold.split(" ").map(parseRequest),
  warm: trace.warm.split(" ").map(parseRequest),
};

function parseRequest(word: string): Call {
  const [action, index] = word.split("=").map(Number);
  if (action === undefined) throw new Error("a request in go-build-std.json has no action");
  if (index === undefined) return { action };
  return { action, body: { index, size: sizes[index] ?? 0 } };
}

/** As many requests in flight as go has: each of its workers waits for its answer, even to a put. Source: work.Builder.Do */
const workers = availableParallelism();

function figure(
  requests: readonly Call[],
  expected: "hit" | "miss",
  { id, description }: Pick<Figure, "id" | "description">,
): Figure {
  return {
    id,
    description,
    shows: "time",
    needs: ["get", "put"],
    run: (context) => replay(context, requests, new InFlight(workers, requests), () => expected),
  };
}

const cold = figure(goBuildStd.cold, "miss", {
  id: "std/cold",
  description: "the requests of go build std with an empty cache: 690 gets and 1,387 puts of 164 MB",
});

const warm = figure(goBuildStd.warm, "hit", {
  id: "std/warm",
  description: "the requests of a second go build std: 1,019 gets",
});

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
