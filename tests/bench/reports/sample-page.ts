import { comparisonsOf } from "../../../src/bench/comparison/comparison.ts";
import { programReport, ratiosOf } from "../../../src/bench/report.ts";
import { pageReport } from "../../../src/bench/reports/page/page.ts";
import { Tally } from "../../../src/bench/tally.ts";
import { figure, run, sampleReport } from "../sample.ts";

/** The numbers of requests in flight. */
export const inFlight = [1, 16, 64];
const figures = inFlight.map((count) => figure(`get-hit/${count}`));

/** The page of two programs with eight rounds: the first one is half as fast. */
export async function benchPage(): Promise<string> {
  const [one, two, limit] = [tallyOf(100), tallyOf(200), tallyOf(1_000)];
  const words = () => ["program"];
  const report = {
    ...sampleReport([[1], [1]]),
    programs: [one, two].map((tally, at) => programReport({ name: `program ${at}`, words }, tally, limit)),
    limit: programReport({ name: "no-op program", words }, limit, limit),
    ratios: ratiosOf(one, two),
  };
  return pageReport(report, { warnings: [], comparisons: comparisonsOf(report, undefined, 0.1), most: 0.1 });
}

/** Faster with more requests in flight, and different in each round. */
function tallyOf(speed: number): Tally {
  const tally = new Tally(figures);
  for (const [at, each] of figures.entries())
    for (const part of [0.94, 0.96, 0.98, 1, 1, 1.02, 1.04, 1.06])
      tally.add(each, run(Math.round(speed * part * (inFlight[at] ?? 1))));
  return tally;
}
