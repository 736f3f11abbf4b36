import { ArgumentError } from "../../errors.ts";
import { longestTimeout } from "../../wait.ts";

/** @throws {ArgumentError} if `ms` is not a time to wait */
export function requireTime(name: string, ms: number | undefined): void {
  if (ms === undefined || (ms > 0 && ms <= longestTimeout)) return;
  throw new ArgumentError(
    `the option ${name} is ${Bun.inspect(ms)}; expected a number of ms above 0, and at most ${longestTimeout}`,
  );
}

/** @throws {ArgumentError} if `jobs` is not a number of workers */
export function requireJobs(jobs: number | undefined): void {
  if (jobs === undefined || (Number.isInteger(jobs) && jobs > 0)) return;
  throw new ArgumentError(`the option jobs is ${Bun.inspect(jobs)}; expected a whole number above 0`);
}
