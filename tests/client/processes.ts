import { existsSync, readdirSync, readFileSync } from "node:fs";

/** In the environment of every process that comes from this one, however far down. */
const marker = { name: "CACHEPROGW_TESTED_BY", value: String(process.pid) };

/** From now on, processes that are started are told apart from those of others. */
export function markProcesses(): void {
  process.env[marker.name] = marker.value;
}

export interface LeftProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes that this one, or one that came from it, has started and that are still there; zombies too. Linux only. */
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

/** The command line of a process; "" for a zombie. It is empty for a moment while the process becomes its program. */
function commandOf(pid: string): string {
  for (let tries = 0; tries < 10_000; tries++) {
    const command = content(`/proc/${pid}/cmdline`);
    if (command !== "" || status(pid)[0] === undefined || isZombie(pid)) return command.replaceAll("\0", " ");
  }
  return "";
}

/** Whether there is a process of this id; a zombie counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when a process is gone, a child of ours or not. What it was to us, such as a pipe that ended, was told. */
export async function ended(pid: number): Promise<void> {
  // A child of ours is a zombie until the event loop hears of its end; that of others, for as long as its parent wants.
  while (isAlive(pid) && (isOurs(pid) || !isZombie(pid))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await told();
}

/** Resolves when what has happened to our pipes and processes before was told to who waits for it. */
export async function told(): Promise<void> {
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
    return ""; // it has ended meanwhile, or is not ours
  }
}
