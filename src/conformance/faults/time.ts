import { statSync } from "node:fs";
import type { Fault } from "../fault.ts";
import { changeHits } from "./answers.ts";

/** Programs whose hits have a wrong Time. */
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
    description: "The Time of a hit is the time of the get.",
    fails: ["time/of-put"],
    go: "wrong result",
    run: (store) => changeHits(store, (hit) => ({ ...hit, Time: Temporal.Now.instant().toString() })),
  },
  {
    name: "time-of-another-zone",
    description: "The Time of a hit is an hour late: local time marked as UTC.",
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
    description: "The Time of a hit is that of its file: when any action first put the body.",
    fails: ["time/of-last-put"],
    go: "rebuilds",
    run: (store) =>
      changeHits(store, (hit) => ({ ...hit, Time: statSync(hit.DiskPath).ctime.toISOString() })),
  },
  {
    name: "time-with-comma",
    description: "Time has a comma before the fraction of a second.",
    fails: ["time/format"],
    go: "nothing",
    run: (store) =>
      changeHits(store, (hit) => {
        const written = Temporal.Instant.from(hit.Time).toString({ fractionalSecondDigits: 3 });
        return { ...hit, Time: written.replace(".", ",") };
      }),
  },
];
