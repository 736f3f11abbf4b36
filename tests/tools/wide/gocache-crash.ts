import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../fixtures/random.ts";
import { GoCache } from "../../../src/server/index.ts";
import { action, bodyOf, put } from "../../server/client-bytes.ts";
import { expectSound } from "../../server/gocache/cache-files.ts";
import { commandLine, ServerProcess } from "../../server/server-process.ts";
import { TempDirectory } from "../../server/temp-directory.ts";

const rounds = 20;
const writers = 4;
const actions = Array.from({ length: 24 }, (_, at) => action(`${at}`));
const bodies = [0, 1, 700, 4096, 30_000, 70_000, 200_000].map((size, at) => bodyOf(size, at + 1));

/** Writes some puts to a server, of which the last may be cut off, and kills it after some answers. @returns those answered */
async function putAndKill(directory: string, random: Random): Promise<Uint8Array[]> {
  await using server = new ServerProcess(["serve", "--gocache", "--dir", directory], {
    program: commandLine,
  });
  const puts = Array.from({ length: 8 }, () => actions[random.below(actions.length)] ?? action(""));
  const texts = puts.map((actionID, at) =>
    put(at + 1, actionID, bodies[random.below(bodies.length)] ?? bodyOf(0)),
  );
  const whole = random.below(puts.length);
  const last = texts[whole] ?? "";
  await server.next();
  server.write(texts.slice(0, whole).join("") + last.slice(0, random.below(last.length)));
  const answers = random.below(whole + 1);
  const answered = answers === 0 ? [] : await server.take(answers);
  server.child.kill("SIGKILL");
  return answered.map(({ ID, Err }) => {
    expect(Err).toBeUndefined();
    return puts[ID - 1] ?? action("");
  });
}

test("a cache of go stays sound when four concurrent writers are killed, 20 times over", async () => {
  using parent = new TempDirectory();
  const directory = join(parent.path, "cache");
  mkdirSync(directory);
  writeFileSync(
    join(directory, "README"),
    "This directory holds cached build artifacts from the Go build system.\n",
  );
  const random = new Random(20_261_126);
  const answered = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const kept = await Promise.all(Array.from({ length: writers }, () => putAndKill(directory, random)));
    for (const actionID of kept.flat()) answered.add(actionID.toHex());
    expectSound(directory);
    const cache = GoCache.open(directory);
    for (const actionID of actions) {
      const hit = cache.get({ id: 1, actionID });
      if (answered.has(actionID.toHex())) expect(hit).not.toBeNull();
      const body = bodies.find(({ length }) => length === hit?.size);
      if (hit !== null) expect(readFileSync(hit.diskPath).equals(body ?? bodyOf(1))).toBe(true);
    }
  }
  expect(answered.size).toBe(actions.length);
  // go's trim removes what ends with -a or -d, and nothing else.
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  expect(names.filter((name) => !/^(README|..|..\/.*-[ad])$/.test(name))).toEqual([]);
}, 60_000);
