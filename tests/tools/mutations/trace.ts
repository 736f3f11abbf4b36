import { type Mutation, of } from "./mutation.ts";

/** Mutations of traces: what is said of them, and how two of them are compared. */
export const trace: readonly Mutation[] = [
  ...of(
    "src/trace/report/summary/in-flight.ts",
    ["trace/report/summary.test.ts"],
    [
      [
        "end !== undefined && end <= time;",
        "end !== undefined && end < time;",
        "requests one after another overlap",
      ],
      [
        "if (now > 0) inFlight += time - last;",
        "inFlight += time - last;",
        "all of the time has requests in flight",
      ],
    ],
  ),
  ...of(
    "src/trace/report/summary/samples.ts",
    ["trace/report/summary.test.ts"],
    [
      [
        "Math.ceil(sorted.length * part) - 1",
        "Math.ceil(sorted.length * part)",
        "a percentile is one rank too high",
      ],
    ],
  ),
  ...of(
    "src/trace/report/findings/hits.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "if (name === undefined || knownPutsAgain.includes(name.kind)) continue;",
        "",
        "go's own puts are blamed on the cache",
      ],
    ],
  ),
  ...of(
    "src/trace/report/findings/puts.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "if (put.output !== known) yield caseOf(put, named);",
        "",
        "a build that isn't reproducible isn't found",
      ],
    ],
  ),
  ...of(
    "src/trace/report/findings/misses.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "cache.entry(miss.action) !== undefined || ",
        "",
        "what an earlier process put may be missed in silence",
      ],
      ["build.misses === 0 && ", "", "indexes of packages that changed are blamed on a checkout"],
    ],
  ),
  ...of(
    "src/trace/report/findings/past.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "program.length === 0 ? [go.env?.GOCACHE] : program",
        "[]",
        "entries of one cache are missed in another one",
      ],
    ],
  ),
  ...of(
    "src/trace/report/perfetto.ts",
    ["trace/report/reports.test.ts"],
    [["found === -1 ? this.#free.length : found", "0", "requests in flight at the same time share a row"]],
  ),
  ...of(
    "src/trace/diff/causes.ts",
    ["trace/diff/diff.test.ts"],
    [
      [
        " || contentOf(oldDep) === contentOf(dep)",
        "",
        "a change is blamed on packages whose output is the same",
      ],
      [
        "this.#rootsOf(dep, counterpart)",
        "[dep]",
        "a package that only depends on a changed one is its own cause",
      ],
    ],
  ),
  ...of(
    "src/trace/diff/entries.ts",
    ["trace/diff/diff.test.ts"],
    [
      [" && before.started < after.started", "", "a trace compared with itself has lost what it put"],
      ["!isVariable &&", "", "the duration that a test printed is a difference"],
    ],
  ),
  ...of(
    "src/trace/diff/touched.ts",
    ["trace/diff/diff.test.ts"],
    [["this.#isTelling ? true : undefined", "true", "after a fresh checkout, all files have changed"]],
  ),
];
