import { ArgumentError } from "../../errors.ts";

/** The longest time that setTimeout accepts, in ms. */
const longestTime = 2 ** 31 - 1;

/** @throws {ArgumentError} if `ms` is not a time to wait */
export function requireTime(name: string, ms: number | undefined): void {
  if (ms === undefined || (ms > 0 && ms <= longestTime)) return;
  throw new ArgumentError(
    `the option ${name} is ${Bun.inspect(ms)}; expected a number of ms above 0, and at most ${longestTime}`,
  );
}

/** @throws {ArgumentError} if `jobs` is not a number of workers */
export function requireJobs(jobs: number | undefined): void {
  if (jobs === undefined || (Number.isInteger(jobs) && jobs > 0)) return;
  throw new ArgumentError(`the option jobs is ${Bun.inspect(jobs)}; expected a whole number above 0`);
}
