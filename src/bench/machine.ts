import { availableParallelism, cpus, loadavg } from "node:os";

/** The machine of a run. Figures of different machines can't be compared. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly processors: number;
  readonly bun: string;
}

export function thisMachine(): Machine {
  return {
    system: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() || "unknown",
    processors: availableParallelism(),
    bun: Bun.version,
  };
}

/** The load average of the last minute; 0 if the system doesn't have one. */
export function load(): number {
  return loadavg()[0] ?? 0;
}
