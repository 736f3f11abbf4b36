import { afterAll, afterEach, beforeEach } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leftProcesses, markProcesses } from "./processes.ts";

/** Where the open file descriptors of this process lead to, such as "socket:[4711]" or a path. Linux only. */
export function openFiles(): string[] {
  if (!existsSync("/proc/self/fd")) return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // the one that listed them
    }
  });
}

/** @throws where there is a process that a test left behind; it is ended then */
export function checkLeftProcesses(left = leftProcesses()): void {
  if (left.length === 0) return;
  for (const { pid } of left) process.kill(pid, "SIGKILL");
  throw new Error(
    `the test left processes: ${left.map(({ pid, command }) => `${pid} ${command}`).join("; ")}`,
  );
}

/**
 * @throws where there is an open file or pipe that was not open before a test. Bun closes files and pipes on threads of
 *   its own, and pipes in some turns: what is still there after a second was left
 */
export async function checkOpenFiles(before: readonly string[]): Promise<void> {
  const left = () => openFiles().filter((file) => !before.includes(file) && !file.startsWith("anon_inode:"));
  const named = () => left().filter((file) => file.startsWith("/"));
  const start = performance.now();
  const check = () => {
    if (performance.now() - start > 1_000) throw new Error(`the test left open files: ${left().join(", ")}`);
  };
  // Without a turn, in which the garbage collector would close what was forgotten.
  for (; named().length > 0; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)) check();
  for (; left().length > 0; await new Promise((resolve) => setImmediate(resolve))) check();
}

/**
 * Holds each test of a file to it that it leaves no process and no open pipe or file. That it leaves no unhandled
 * rejection is seen to by bun, which fails the test.
 */
export function guardEachTest(): void {
  let open: string[] = [];
  markProcesses();
  beforeEach(() => {
    open = openFiles();
  });
  afterEach(async () => {
    // What was rejected in this turn is reported at its end.
    await new Promise((resolve) => setImmediate(resolve));
    checkLeftProcesses();
    await checkOpenFiles(open);
  });
}

/** A directory of the test file's own, which is removed after its last test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "cacheprogw-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
