import { programReport, type Report, ratiosOf } from "../../src/bench/report.ts";
import { Tally } from "../../src/bench/tally.ts";
import type { Figure } from "../../src/bench/workloads/figure.ts";
import type { Measurement } from "../../src/bench/workloads/measurement.ts";
import { Latencies } from "../../src/trace/latencies.ts";

/** A figure that is never run. */
export function figure(id: string, shows: Figure["shows"] = "rate"): Figure {
  return {
    id,
    description: `what ${id} is`,
    shows,
    needs: [],
    run: () => Promise.reject(new Error("never run")),
  };
}

/** A run of one second. */
export function run(calls: number, more: Partial<Measurement> = {}): Measurement {
  const latencies = new Latencies();
  for (let call = 0; call < calls; call++) latencies.add(1_000 / calls);
  return { calls, elapsed: 1_000, bytes: 0, cpu: calls / 10, memory: 2 ** 20, latencies, ...more };
}

export const rate = figure("get-miss/1");
export const whole = figure("std/warm", "time");

/** A report of programs, given their calls per second in each round. The limit is a thousand. */
export function sampleReport(speeds: readonly (readonly number[])[], more: Partial<Report> = {}): Report {
  const tallies = speeds.map((each) => tallyOf(each.map((calls) => run(calls))));
  const limit = tallyOf((speeds[0] ?? []).map(() => run(1_000)));
  const [one, two] = tallies;
  const words = () => ["program"];
  return {
    machine: { system: "linux x64", processor: "a processor", processors: 4, bun: "1.4.5" },
    load: 0,
    seed: "a seed",
    rounds: speeds[0]?.length ?? 0,
    planned: speeds[0]?.length ?? 0,
    slice: 1_000,
    programs: tallies.map((tally, index) => programReport({ name: `program ${index}`, words }, tally, limit)),
    limit: programReport({ name: "nothing", words }, limit, limit),
    ratios: one === undefined || two === undefined ? [] : ratiosOf(one, two),
    ...more,
  };
}

export function tallyOf(runs: readonly Measurement[], of: Figure = rate): Tally {
  const tally = new Tally([of]);
  for (const each of runs) tally.add(of, each);
  return tally;
}
