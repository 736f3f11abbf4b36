import { ArgumentError } from "../../errors.ts";
import { calls } from "./calls-workload.ts";
import { type Figure, figuresIn, type Scenario, type Workload } from "./figure.ts";
import { std } from "./std.ts";

/** All workloads; the first one is the default. */
export const workloads: readonly Workload[] = [calls, std];

/**
 * The scenarios that have the named figures, with only those figures. A scenario with several phases is taken whole: each
 * phase needs what the ones before it have put.
 *
 * @param only ids, groups and patterns such as `put/*`; all figures if empty
 * @throws {ArgumentError} if one of them matches no figure
 */
export function select(only: readonly string[], from: readonly Workload[]): readonly Scenario[] {
  const scenarios = from.flatMap((workload) => workload.scenarios);
  const ids = figuresIn(scenarios).map(({ id }) => id);
  const unknown = only.find((word) => !ids.some((id) => names(word, id)));
  if (unknown !== undefined) {
    throw new ArgumentError(`unknown figure ${JSON.stringify(unknown)}; expected one of: ${ids.join(", ")}`);
  }
  const isChosen = ({ id }: Figure) => only.length === 0 || only.some((word) => names(word, id));
  return scenarios.flatMap((scenario) => {
    if (!figuresIn([scenario]).some(isChosen)) return [];
    if (scenario.phases.length > 1) return [scenario];
    const phases = scenario.phases.map((phase) => ({
      ...phase,
      figures: phase.figures.filter(isChosen),
    }));
    return [{ ...scenario, phases }];
  });
}

/** Whether a word is the id, its group, or a pattern that matches it. */
function names(word: string, id: string): boolean {
  return word === id || id.startsWith(`${word}/`) || new Bun.Glob(word).match(id);
}
