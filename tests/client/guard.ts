import { afterAll, afterEach, beforeAll, beforeEach } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leftProcesses, markProcesses } from "./processes.ts";

/** What the open file descriptors of this process refer to, such as "socket:[4711]" or a path. Linux only. */
export function openFiles(): string[] {
  if (!existsSync("/proc/self/fd")) return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // the descriptor that listed them, closed by now
    }
  });
}

/** Kills processes that a test left behind. @throws if there are any */
export function checkLeftProcesses(left = leftProcesses()): void {
  if (left.length === 0) return;
  for (const { pid } of left) process.kill(pid, "SIGKILL");
  throw new Error(
    `the test left processes: ${left.map(({ pid, command }) => `${pid} ${command}`).join("; ")}`,
  );
}

/**
 * Bun closes files and pipes on its own threads, and pipes after a few turns. So this waits up to a second.
 * @throws if a file or pipe is still open that wasn't open before the test
 */
export async function checkOpenFiles(before: readonly string[]): Promise<void> {
  const left = () => openFiles().filter((file) => !before.includes(file) && !file.startsWith("anon_inode:"));
  const named = () => left().filter((file) => file.startsWith("/"));
  const start = performance.now();
  const check = () => {
    if (performance.now() - start > 1_000) throw new Error(`the test left open files: ${left().join(", ")}`);
  };
  // This blocks: in a turn of the event loop, the garbage collector could close a file that the test forgot.
  for (; named().length > 0; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)) check();
  for (; left().length > 0; await new Promise((resolve) => setImmediate(resolve))) check();
}

/**
 * Fails each test of a file that leaves a process, or an open pipe or file. Bun itself fails a test with an unhandled
 * rejection.
 */
export function guardEachTest(): void {
  let open: string[] = [];
  markProcesses();
  beforeEach(() => {
    open = openFiles();
  });
  afterEach(async () => {
    // Bun reports unhandled rejections at the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    checkLeftProcesses();
    await checkOpenFiles(open);
  });
}

/** Makes a directory for the test file, and removes it after the last test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "cacheprogw-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Makes a directory the TMPDIR of the test file. `bun test` ends without an exit event (Bun 1.4.5), so what the client
 * keeps until the process exits would stay.
 */
export function useAsTmpdir(directory: string): void {
  let before: string | undefined;
  beforeAll(() => {
    before = process.env.TMPDIR;
    process.env.TMPDIR = directory;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
}
