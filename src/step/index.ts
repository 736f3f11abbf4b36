/**
 * cacheprogw/step: steps of a build that don't run again. Start with {@link step}.
 *
 * The folder: definition.ts is what a step is, key.ts what its result depends on, and run-step.ts its life; result/ is what it
 * left, as it's stored; process/ runs commands; graph/ has the steps of package.json files, in order; local/ is what this
 * machine remembers.
 */

export type { RunContext, StepCommand } from "./definition.ts";
export type { StepReport } from "./run-step.ts";
export { type ScriptStepOptions, step } from "./step.ts";
export { StepFailed } from "./step-failed.ts";
