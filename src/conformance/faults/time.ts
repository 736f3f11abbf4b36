import { statSync } from "node:fs";
import type { Fault } from "../fault.ts";
import { changeHits } from "./answers.ts";

/** Programs that are wrong about when something was put. */
export const timeFaults: readonly Fault[] = [
  {
    name: "time-missing",
    description: "A hit has no Time.",
    fails: ["time/present"],
    go: "wrong result",
    run: (store) => changeHits(store, ({ Time, ...hit }) => hit),
  },
  {
    name: "time-of-get",
    description: "The Time of a hit is the time at which it is asked for.",
    fails: ["time/of-put"],
    go: "wrong result",
    run: (store) => changeHits(store, (hit) => ({ ...hit, Time: Temporal.Now.instant().toString() })),
  },
  {
    name: "time-of-another-zone",
    description: "The Time of a hit is an hour late: local time, said to be UTC.",
    fails: ["time/of-put"],
    go: "wrong result",
    run: (store) =>
      changeHits(store, (hit) => ({
        ...hit,
        Time: Temporal.Instant.from(hit.Time).add({ hours: 1 }).toString(),
      })),
  },
  {
    name: "time-of-file",
    description: "The Time of a hit is when the body was put first, under whatever action: that of its file.",
    fails: ["time/of-last-put"],
    go: "rebuilds",
    run: (store) =>
      changeHits(store, (hit) => ({ ...hit, Time: statSync(hit.DiskPath).ctime.toISOString() })),
  },
  {
    name: "time-with-comma",
    description: "The fraction of a second in Time comes after a comma.",
    fails: ["time/format"],
    go: "nothing",
    run: (store) =>
      changeHits(store, (hit) => {
        const written = Temporal.Instant.from(hit.Time).toString({ fractionalSecondDigits: 3 });
        return { ...hit, Time: written.replace(".", ",") };
      }),
  },
];
