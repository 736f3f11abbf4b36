import { readdirSync, readFileSync } from "node:fs";

/** What a process has used so far, and those that it started with it. */
export interface Usage {
  /** The time that the processors spent on it, in ms. */
  readonly cpu: number;
  /** The most memory that it had at a time, in bytes; outside Linux, what it has now. */
  readonly memory: number;
}

/**
 * Looks at a running process; undefined where the system does not tell. What the system counts when a process has ended
 * would not do: on Linux, its peak is that of the process which started it, if that was larger.
 */
export function usageOf(pid: number): Usage | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined; // it is gone, or there is no such thing here
  }
}

function fromProc(pid: number): Usage {
  let cpu = 0;
  let memory = peak(readFileSync(`/proc/${pid}/status`, "latin1"));
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [schedstat, children] = ["schedstat", "children"].map((name) =>
      read(`/proc/${pid}/task/${thread}/${name}`),
    );
    cpu += Number(schedstat?.split(" ")[0]) / 1e6;
    for (const child of children?.match(/\d+/g) ?? []) {
      const usage = usageOf(Number(child));
      cpu += usage?.cpu ?? 0;
      memory += usage?.memory ?? 0;
    }
  }
  if (Number.isNaN(cpu)) throw new Error("there is no schedstat here");
  return { cpu, memory };
}

function read(path: string): string {
  return readFileSync(path, "latin1");
}

/** The high-water mark in a status of /proc, in bytes. */
function peak(status: string): number {
  const [, kilobytes] = status.match(/^VmHWM:\s+(\d+) kB$/m) ?? [];
  if (kilobytes === undefined) throw new Error("the status has no VmHWM");
  return Number(kilobytes) * 1024;
}

function fromPs(pid: number): Usage | undefined {
  return parsePs(Bun.spawnSync(["ps", "-o", "time=,rss=", "-p", String(pid)]).stdout.toString());
}

/** What ps says of a process: its time, such as `1:02.34` or `1:02:03`, and its memory in KiB. */
export function parsePs(line: string): Usage | undefined {
  const [, clock, kilobytes] = line.match(/^\s*([\d:.]+)\s+(\d+)\s*$/) ?? [];
  if (clock === undefined) return undefined;
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpu: seconds * 1_000, memory: Number(kilobytes) * 1024 };
}
