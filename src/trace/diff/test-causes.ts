import { whyRerun } from "../report/findings/test-log.ts";
import type { Cause, DiffTrace, EntryDiff } from "./trace-diff.ts";

/** The tests that have another result by what they read: their code, and what it depends on, is the same. */
export function findTestCauses(
  changed: readonly EntryDiff[],
  causes: readonly Cause[],
  [before]: readonly DiffTrace[],
  after: readonly DiffTrace[],
): readonly Cause[] {
  const known = new Set(causes.flatMap(({ package: path, dependents }) => [path, ...dependents]));
  const byOthers = (path: string) => known.has(path) || known.has(`${path}.test`);
  const tests = changed.filter(({ kind, package: path }) => kind === "test output" && !byOthers(path));
  return [...Map.groupBy(tests, ({ package: path }) => path)].map(([path]) => ({
    package: path,
    kind: "test output",
    why: "test",
    files: "unknown",
    details: reasons(path, before, after),
    dependents: [],
    touched: [],
    time: 0,
  }));
}

/** What is known of why, by the lists of what the test read. */
function reasons(
  path: string,
  before: DiffTrace | undefined,
  after: readonly DiffTrace[],
): readonly string[] {
  const found = after.flatMap(({ trace, names }) =>
    [...trace.heads].flatMap(([action, log]) => {
      const name = names.of(action);
      const isLog = name?.kind === "test inputs" && name.package === path;
      return isLog ? whyRerun(log, before?.trace.start.go, trace.start.go) : [];
    }),
  );
  return [...new Set(found)];
}
