import { availableParallelism, cpus, loadavg } from "node:os";

/** What figures depend on besides the programs: those of another machine can not be compared. */
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

/** How many processes wanted to run, on the average of the last minute; 0 where the system does not tell. */
export function load(): number {
  return loadavg()[0] ?? 0;
}
