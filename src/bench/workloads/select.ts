import { ArgumentError } from "../../errors.ts";
import { calls } from "./calls.ts";
import { type Figure, figuresIn, type Scenario, type Workload } from "./figure.ts";
import { std } from "./std.ts";

/** All there are. */
export const workloads: readonly Workload[] = [calls, std];

/**
 * The scenarios with the figures that are asked for. A scenario in which one process stands on what another has put is taken
 * whole.
 *
 * @param only ids, groups and patterns such as `put/*`; all figures of `from` where there are none
 * @throws {ArgumentError} for what names no figure
 */
export function select(only: readonly string[], from: readonly Workload[]): readonly Scenario[] {
  const scenarios = from.flatMap((workload) => workload.scenarios);
  const ids = figuresIn(scenarios).map(({ id }) => id);
  const unknown = only.find((word) => !ids.some((id) => names(word, id)));
  if (unknown !== undefined) {
    throw new ArgumentError(
      `there is no figure ${JSON.stringify(unknown)}; expected one of: ${ids.join(", ")}`,
    );
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

/** Whether a word is an id, the group of it, or a pattern for it. */
function names(word: string, id: string): boolean {
  return word === id || id.startsWith(`${word}/`) || new Bun.Glob(word).match(id);
}
