import { existsSync, readdirSync, readFileSync } from "node:fs";

/**
 * Kills the processes that have a path in their environment or command line, whatever group they are in: a program under
 * test has one of its own, and may ignore that its tests are gone. Linux only.
 */
export function endProcesses(path: string): void {
  // One may have started another meanwhile.
  for (let left = withPath(path); left.length > 0; left = withPath(path)) for (const pid of left) kill(pid);
}

function withPath(path: string): number[] {
  const names = existsSync("/proc/self/stat") ? readdirSync("/proc") : [];
  return names
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => ["environ", "cmdline"].some((file) => content(`/proc/${name}/${file}`).includes(path)))
    .map(Number);
}

function content(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has exited meanwhile, or isn't ours
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has exited meanwhile.
  }
}
