/*
 * Kills `go build` and `cacheprogw serve --gocache` together at random moments, with go's own cache in between, then
 * looks at every file of the cache.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GoSandbox, ourServer } from "../../fixtures/go-sandbox.ts";
import { goToolchains } from "../../fixtures/go-toolchains.ts";
import { Random } from "../../fixtures/random.ts";
import { parseGoEntry } from "../../src/server/gocache/go-entry.ts";
import { joinCommand } from "../../src/wire/index.ts";
import { integer, runTool } from "./command-line.ts";

const usage = `usage: bun tests/tools/gocache-kills.ts [--kills N] [--seed N]

Starts two builds at once that share a new cache of go through \`serve --gocache\`, and kills both with all their processes
after a random time; N times (default: 100). Before each, a random third of the cache goes. Then plain go builds with what
is left, and again with GODEBUG=gocacheverify=1. Needs go on the PATH, and some minutes.
`;

/** The longest time before a kill, in ms, and the time limit of a build that isn't killed. */
const longest = 3000;
const patience = 600_000;

interface Counted {
  entries: number;
  bodies: number;
  temporary: number;
}

/** Looks at each file of a cache. @throws {Error} one is damaged, or is of no kind that go knows */
function inspect(directory: string): Counted {
  const counted: Counted = { entries: 0, bodies: 0, temporary: 0 };
  for (const name of cacheFiles(directory)) {
    const bytes = readFileSync(join(directory, name));
    const [, id = "", kind] = /^..\/([0-9a-f]{64})-([ad])$/.exec(name) ?? [];
    if (kind === "a") {
      if (parseGoEntry(bytes.toString("latin1"), id) === undefined) throw new Error(`${name} isn't an entry`);
      counted.entries++;
    } else if (kind === "d") {
      if (Bun.SHA256.hash(bytes, "hex") !== id) throw new Error(`${name} has other bytes`);
      counted.bodies++;
    } else if (name.endsWith("-d")) counted.temporary++;
    else throw new Error(`${name} would stay for ever: go's trim doesn't remove it`);
  }
  return counted;
}

function cacheFiles(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return names.filter((name) => /^[0-9a-f]{2}\/./.test(name));
}

/** Starts a build, and kills it and all that it has started after this many ms. @returns whether it was still running */
async function buildAndKill(
  env: Record<string, string>,
  cwd: string,
  go: string,
  after: number,
): Promise<boolean> {
  const build = Bun.spawn([go, "build", "."], {
    cwd,
    env,
    stdio: ["ignore", "ignore", "ignore"],
    detached: true,
  });
  await Promise.race([build.exited, Bun.sleep(after)]);
  const wasRunning = build.exitCode === null;
  try {
    process.kill(-build.pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
  await build.exited;
  return wasRunning;
}

async function main(kills: number, seed: number): Promise<number> {
  const random = new Random(seed);
  await using sandbox = new GoSandbox(patience);
  const cwd = sandbox.module();
  const cache = mkdtempSync(join(tmpdir(), "cacheprogw-kills-"));
  rmSync(cache, { recursive: true });
  const go = goToolchains()[0]?.go ?? "go";
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: sandbox.path,
    TMPDIR: sandbox.path,
    GOCACHE: cache,
    GOCACHEPROG: joinCommand([...ourServer(cache), "--gocache"]),
    GOFLAGS: sandbox.flags,
    GOENV: "off",
    GOWORK: "off",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
  };
  let running = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      const both = [1, 2].map(() => buildAndKill(env, cwd, go, random.below(longest)));
      running += (await Promise.all(both)).filter((was) => was).length;
      const { entries, bodies, temporary } = inspect(cache);
      process.stdout.write(
        `${kill + 1}: ${entries} entries, ${bodies} bodies, ${temporary} unfinished files\n`,
      );
      if (kill + 1 === kills) break;
      for (const name of cacheFiles(cache))
        if (random.below(3) === 0) rmSync(join(cache, name), { force: true });
    }
    const plain = { cwd, env: { GOCACHE: cache } };
    for (const GODEBUG of ["", "gocacheverify=1"]) {
      const run = await sandbox.run(["build", "-o", "/dev/null", "."], {
        ...plain,
        env: { ...plain.env, GODEBUG },
      });
      if (run.exitCode !== 0) throw new Error(`go build with GODEBUG=${GODEBUG} failed: ${run.stderr}`);
    }
    const run = await sandbox.run(["build", "-x", "-o", "/dev/null", "."], plain);
    if (run.stderr.includes("/compile")) throw new Error("the last build compiled something");
    process.stdout.write(`${running} of ${2 * kills} builds were killed; the cache is sound\n`);
    return 0;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

const options = {
  kills: { type: "string", default: "100" },
  seed: { type: "string", default: "1" },
} as const;
await runTool({ name: "gocache-kills", usage, options }, ({ values }) =>
  main(integer("--kills", values.kills, 1), integer("--seed", values.seed)),
);
