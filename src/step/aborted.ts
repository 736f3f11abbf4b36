import { CacheProgError } from "../errors.ts";

/** @throws {CacheProgError} `ABORTED`, if the signal has fired */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new CacheProgError("ABORTED", "the step was aborted", { cause: signal.reason });
}
