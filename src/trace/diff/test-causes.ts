import { variablesRead } from "../report/findings/test-log.ts";
import type { Cause, DiffTrace, EntryDiff } from "./trace-diff.ts";

/** The tests that have another result by what they read: their code, and what it depends on, is the same. */
export function findTestCauses(
  changed: readonly EntryDiff[],
  causes: readonly Cause[],
  after: readonly DiffTrace[],
): readonly Cause[] {
  const known = new Set(causes.flatMap(({ package: path, dependents }) => [path, ...dependents]));
  const byOthers = (path: string) => known.has(path) || known.has(`${path}.test`);
  const tests = changed.filter(({ kind, package: path }) => kind === "test output" && !byOthers(path));
  return [...Map.groupBy(tests, ({ package: path }) => path)].map(([path]) => ({
    package: path,
    kind: "test output",
    why: "test",
    details: variablesOf(path, after).map((name) => `it reads the variable ${name}`),
    dependents: [],
    time: 0,
  }));
}

function variablesOf(path: string, traces: readonly DiffTrace[]): readonly string[] {
  const logs = traces.flatMap(({ trace, names }) =>
    [...trace.heads].filter(([action]) => {
      const name = names.of(action);
      return name?.kind === "test inputs" && name.package === path;
    }),
  );
  return [...new Set(logs.flatMap(([, log]) => variablesRead(log)))];
}
