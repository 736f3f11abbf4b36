import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../fixtures/random.ts";
import { DiskStore } from "../../../src/server/index.ts";
import { action, bodyOf, get, put, sha256 } from "../client-bytes.ts";
import { ServerProcess } from "../server-process.ts";
import { TempDirectory } from "../temp-directory.ts";

const rounds = 20;
const writers = 4;
const actions = Array.from({ length: 24 }, (_, at) => action(`${at}`));
const bodies = [0, 1, 700, 4096, 30_000, 70_000, 200_000].map((size, at) => bodyOf(size, at + 1));
const outputs = new Map(bodies.map((body) => [sha256(body).toHex(), body]));

/** The input of one writer before it's killed: some puts, of which the last may be cut off. */
interface Script {
  readonly text: string;
  readonly puts: readonly Uint8Array[];
  /** The writer is killed after this many responses. */
  readonly answers: number;
}

function scriptOf(random: Random): Script {
  let text = "";
  const puts: { actionID: Uint8Array; end: number }[] = [];
  for (let id = 1; id <= 8; id++) {
    const actionID = actions[random.below(actions.length)] ?? action("");
    text += put(id, actionID, bodies[random.below(bodies.length)] ?? bodyOf(0));
    puts.push({ actionID, end: text.length });
  }
  const cut = 1 + random.below(text.length);
  const whole = puts.filter(({ end }) => end <= cut).map(({ actionID }) => actionID);
  return { text: text.slice(0, cut), puts: whole, answers: random.below(whole.length + 1) };
}

/** Runs a writer and kills it after `script.answers` responses. Returns the action ids of the answered puts. */
async function runAndKill(directory: string, script: Script): Promise<Uint8Array[]> {
  await using server = new ServerProcess(["--dir", directory]);
  await server.next();
  server.write(script.text);
  const answered = script.answers === 0 ? [] : await server.take(script.answers);
  server.child.kill("SIGKILL");
  return answered.flatMap(({ ID, Err }) => {
    expect(Err).toBeUndefined();
    return script.puts[ID - 1] ?? [];
  });
}

/** Checks that a store opened after a crash has every answered put, and that every hit matches its output id. */
function check(directory: string, answered: ReadonlySet<string>): void {
  const store = DiskStore.open(directory);
  for (const actionID of actions) {
    const hit = store.get({ id: 1, actionID });
    if (answered.has(actionID.toHex())) expect(hit).not.toBeNull();
    if (hit === null) continue;
    const body = outputs.get(hit.outputID.toHex());
    expect(hit.size).toBe(body?.length ?? -1);
    expect(readFileSync(hit.diskPath).equals(body ?? bodyOf(1))).toBe(true);
  }
}

test("a store stays sound when four concurrent writers are killed, 20 times over", async () => {
  using directory = new TempDirectory();
  const random = new Random(20_260_301);
  const answered = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const scripts = Array.from({ length: writers }, () => scriptOf(random));
    const kept = await Promise.all(scripts.map((script) => runAndKill(directory.path, script)));
    for (const actionID of kept.flat()) answered.add(actionID.toHex());
    check(directory.path, answered);
  }
  expect(answered.size).toBe(actions.length);

  await using server = new ServerProcess(["--dir", directory.path]);
  server.write(actions.map((actionID, at) => get(at + 1, actionID)).join(""));
  for (const { DiskPath: path = "" } of (await server.take(actions.length + 1)).slice(1)) {
    expect(sha256(readFileSync(path)).toHex()).toBe(path.slice(-66, -2));
  }

  const temp = join(directory.path, "tmp");
  for (const name of existsSync(temp) ? readdirSync(temp) : []) utimesSync(join(temp, name), 1, 1);
  DiskStore.open(directory.path);
  expect(readdirSync(temp)).toEqual([]);
});
