import manifest from "../../../package.json" with { type: "json" };
import type { Report } from "./report.ts";

/** Identifies the format. */
const format = "cacheprogw report";
/** Increases with each change that would mislead an old reader. */
const version = 1;

/** The whole report as a JSON value. Times are in microseconds, sizes in bytes; what isn't known is null. */
export function jsonReport({ summary, findings }: Report): object {
  const { processes, sizes } = summary;
  const classes = (of: keyof typeof sizes) => ({
    ...sizes[of],
    classes: sizes[of].classes.map(({ to, ...each }) => ({ ...each, to: Number.isFinite(to) ? to : null })),
  });
  return {
    format,
    version,
    cacheprogw: manifest.version,
    ...summary,
    processes: processes.map(({ hello, ...each }) => ({ ...each, hello: hello ?? null })),
    sizes: { hit: classes("hit"), put: classes("put") },
    findings,
  };
}
