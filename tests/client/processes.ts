import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Set in the environment of this process, and inherited by all its descendants. */
const marker = { name: "CACHEPROGW_TESTED_BY", value: String(process.pid) };

/** Marks all processes started from now on, so they can be told from others. */
export function markProcesses(): void {
  process.env[marker.name] = marker.value;
}

export interface LeftProcess {
  readonly pid: number;
  readonly command: string;
}

/** Children and other descendants of this process that still exist, zombies included. Linux only. */
export function leftProcesses(): LeftProcess[] {
  const left: LeftProcess[] = [];
  for (const name of existsSync("/proc/self/stat") ? readdirSync("/proc") : []) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const marked = () =>
      content(`/proc/${name}/environ`).split("\0").includes(`${marker.name}=${marker.value}`);
    if (!isOurs(name) && !marked()) continue;
    left.push({ pid: Number(name), command: commandOf(name) });
  }
  return left;
}

/** The command line of a process; "" for a zombie. It's also empty for a moment during exec, so this tries again. */
function commandOf(pid: string): string {
  for (let tries = 0; tries < 10_000; tries++) {
    const command = content(`/proc/${pid}/cmdline`);
    if (command !== "" || status(pid)[0] === undefined || isZombie(pid)) return command.replaceAll("\0", " ");
  }
  return "";
}

/** Whether a process with this id exists, even as a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when a process is gone, our child or not, and its events, such as the end of a pipe, were delivered. */
export async function ended(pid: number): Promise<void> {
  // Our child is a zombie until the event loop reaps it. Another process may stay a zombie, so that counts as gone.
  while (isAlive(pid) && (isOurs(pid) || !isZombie(pid))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventsDelivered();
}

/** Resolves when all earlier events of our pipes and processes were delivered. */
export async function eventsDelivered(): Promise<void> {
  const later = Bun.spawn(["echo"]);
  await new Response(later.stdout).text();
  await later.exited;
}

export async function kill(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await ended(pid);
}

/** State and parent of a process, from "pid (name of the program, which may have parentheses) state ppid …". */
function status(pid: string | number): string[] {
  const stat = content(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ", 2);
}

function isOurs(pid: string | number): boolean {
  return status(pid)[1] === String(process.pid);
}

function isZombie(pid: string | number): boolean {
  return /^[ZX]/.test(status(pid)[0] ?? "");
}

function content(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has exited meanwhile, or isn't ours
  }
}
