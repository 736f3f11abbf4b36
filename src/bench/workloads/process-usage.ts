import { readdirSync, readFileSync } from "node:fs";

/** What a process and its descendants have used so far. */
export interface Usage {
  /** CPU time, in ms. */
  readonly cpu: number;
  /** Peak memory in bytes; outside Linux, the memory in use now. */
  readonly memory: number;
}

/**
 * The usage of a running process; undefined if the system doesn't say. Not the rusage of a finished process: on Linux its
 * peak memory is that of the process that started it, if that was larger.
 */
export function usageOf(pid: number): Usage | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined; // it has exited, or this system has no /proc or ps
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
  if (Number.isNaN(cpu)) throw new Error("this kernel has no schedstat");
  return { cpu, memory };
}

function read(path: string): string {
  return readFileSync(path, "latin1");
}

/** The peak memory in /proc/PID/status, in bytes. */
function peak(status: string): number {
  const [, kilobytes] = status.match(/^VmHWM:\s+(\d+) kB$/m) ?? [];
  if (kilobytes === undefined) throw new Error("the status has no VmHWM");
  return Number(kilobytes) * 1024;
}

function fromPs(pid: number): Usage | undefined {
  return parsePs(Bun.spawnSync(["ps", "-o", "time=,rss=", "-p", String(pid)]).stdout.toString());
}

/** Parses a line of ps: CPU time, such as `1:02.34` or `1:02:03`, and memory in KiB. */
export function parsePs(line: string): Usage | undefined {
  const [, clock, kilobytes] = line.match(/^\s*([\d:.]+)\s+(\d+)\s*$/) ?? [];
  if (clock === undefined) return undefined;
  const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpu: seconds * 1_000, memory: Number(kilobytes) * 1024 };
}
