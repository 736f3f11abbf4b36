/*
 * Makes a large store, and measures `cacheprogw stats` and `cacheprogw clean` on it: time and peak memory. Half of the
 * entries were used before the age limit.
 */
import { closeSync, futimesSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DiskStore } from "../../src/server/store/disk-store.ts";
import { formatEntry } from "../../src/server/store/entry.ts";
import { Mistake, runTool } from "./command-line.ts";

const help = `usage: bun tests/tools/large-store.ts [--entries N] [--keep]

Makes a store of N entries (default: 1000000), each with a body of its own, in TMPDIR. An entry takes 8 KiB and two inodes.
Then measures stats, clean --dry-run, clean of half of it, and stats again. --keep leaves the store where it is.
`;

const day = 24 * 3600;
const main = resolve(import.meta.dir, "../../src/cli/main.ts");

await runTool(
  {
    name: "large-store",
    usage: help,
    options: { entries: { type: "string", default: "1000000" }, keep: { type: "boolean", default: false } },
  },
  async ({ values: { entries, keep } }) => {
    const count = Number(entries);
    if (!Number.isInteger(count) || count < 1)
      throw new Mistake(`--entries is ${entries}; expected a number above 0`);
    const directory = mkdtempSync(join(tmpdir(), "cacheprogw-large-"));
    try {
      fill(directory, count);
      // Otherwise the kernel writes the files to the disk while stats is measured.
      await Bun.spawn(["sync"]).exited;
      const limits = ["--max-size=none", "--max-age=30d"];
      await measure("stats", "--dir", directory, ...limits);
      await measure("clean", "--dir", directory, "--dry-run", ...limits);
      await measure("clean", "--dir", directory, ...limits);
      await measure("stats", "--dir", directory, ...limits);
    } finally {
      if (keep) console.log(directory);
      else rmSync(directory, { recursive: true, force: true });
    }
    return 0;
  },
);

/** Half of the entries were used 2 to 29 days ago, half 31 to 60. */
function fill(directory: string, count: number): void {
  DiskStore.open(directory).close();
  for (let place = 0; place < 256; place++) mkdirSync(join(directory, place.toString(16).padStart(2, "0")));
  const now = Math.floor(Date.now() / 1000);
  const body = Buffer.alloc(100, "x");
  const started = performance.now();
  for (let index = 0; index < count; index++) {
    const [actionID, outputID] = [randomID(), randomID()];
    const used = now - (index % 2 === 0 ? 2 + Math.random() * 27 : 31 + Math.random() * 29) * day;
    const signature = { ino: 0, mtime: 0, ctime: 0 };
    const entry = {
      actionID,
      outputID,
      size: body.length,
      time: now * 1000,
      used: Math.floor(used),
      signature,
    };
    write(directory, outputID, "d", body, used);
    write(directory, actionID, "a", Buffer.from(formatEntry(entry)), used);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`${count} entries and bodies written in ${seconds.toFixed(1)} s`);
}

function randomID(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

function write(directory: string, id: string, kind: "a" | "d", content: Uint8Array, time: number): void {
  const fd = openSync(join(directory, id.slice(0, 2), `${id}-${kind}`), "wx", 0o644);
  writeSync(fd, content);
  futimesSync(fd, time, time);
  closeSync(fd);
}

async function measure(...args: string[]): Promise<void> {
  const started = performance.now();
  const child = Bun.spawn([process.execPath, main, ...args, "--json"], { stdout: "pipe", stderr: "inherit" });
  const [output, code] = await Promise.all([child.stdout.text(), child.exited]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const usage = child.resourceUsage();
  const cpu = (Number(usage?.cpuTime.total ?? 0) / 1e6).toFixed(1);
  const mebibytes = Math.round((usage?.maxRSS ?? 0) / 1024 / 1024);
  console.log(
    `${args[0]}${args.includes("--dry-run") ? " --dry-run" : ""}: ${seconds} s (${cpu} s of processor time), peak ${mebibytes} MiB, exit ${code}\n  ${output.trim()}`,
  );
}
