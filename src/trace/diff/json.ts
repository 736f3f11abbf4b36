import manifest from "../../../package.json" with { type: "json" };
import { nothingDiffers, type TraceDiff } from "./trace-diff.ts";

/** Identifies the format. */
const format = "cacheprogw diff";
/** Increases with each change that would mislead an old reader. */
const version = 1;

/** The whole comparison as a JSON value. Times are in microseconds, sizes in bytes. */
export function jsonDiff(diff: TraceDiff): object {
  return {
    format,
    version,
    cacheprogw: manifest.version,
    isSame: nothingDiffers(diff),
    ...diff,
  };
}
