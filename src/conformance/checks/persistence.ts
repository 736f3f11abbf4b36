import { randomInt } from "node:crypto";
import type { Check } from "../check.ts";
import { assumeClose, assumePut, get, isHit, sendPut } from "../conversation/calls.ts";
import { contentAt, difference, requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/entry.ts";
import { repeatFor, spinFor } from "../conversation/timing.ts";
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import * as documented from "./documentation.ts";

/** How long it is killed again and again, in ms. */
const killing = 900;
const purpose = "cmd/go/internal/cacheprog, CmdGet: a later get; what a build cache is for";

interface Entry {
  readonly action: Uint8Array;
  readonly body: Uint8Array;
}

/** What is there after the program has ended, in one way or another. */
export const persistenceChecks: readonly Check[] = [
  {
    id: "persistence/restart",
    level: "should",
    requirement: "What was put before close is found by the next process.",
    source: purpose,
    go: { outcome: "rebuilds", text: "every go command would build everything again" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const entries = [1, 1_000, 50_000].map(newEntry);
      for (const { action, body } of entries) await assumePut(peer, action, body);
      await assumeClose(peer);
      return requireAll(await context.start(), entries);
    },
  },
  {
    id: "persistence/without-close",
    level: "should",
    requirement: "What was put is found by the next process also where stdin ended without a close.",
    source: "go list, go mod tidy and a go command that fails send no close",
    go: { outcome: "rebuilds", text: "what go list -export has compiled would be compiled again" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const entries = [1, 1_000, 50_000].map(newEntry);
      for (const { action, body } of entries) await assumePut(peer, action, body);
      await peer.endStdin();
      await peer.ended();
      return requireAll(await context.start(), entries);
    },
  },
  {
    id: "persistence/killed",
    level: "must",
    requirement: "A program that is killed at any moment starts again, and no hit names a wrong file.",
    source: "Ctrl-C reaches the program as well; it may be ended by SIGKILL or with the machine",
    confirmedBy: "index-in-place",
    go: {
      outcome: "wrong result",
      text: "go build would link what is in the file, or stop with: corrupt index, or stop where the program does not start again",
    },
    needs: ["get", "put"],
    deadline: 15_000,
    async run(context) {
      const entries: Entry[] = [];
      let last: Entry[] = [];
      let longest = 0;
      const kills = await repeatFor(killing, async (round) => {
        const peer = await context.start();
        await countSound(peer, last);
        last = Array.from({ length: 12 }, () => newEntry(randomInt(1, 60_000)));
        entries.push(...last);
        const sent = performance.now();
        const ids = last.map(({ action, body }) => sendPut(peer, action, body));
        await peer.answer(ids[0] ?? 0);
        const answered = performance.now() - sent;
        // The first time tells how long all of it takes; after that it is killed somewhere within.
        if (round === 0) for (const id of ids) await peer.answer(id);
        longest = Math.max(longest, performance.now() - sent);
        if (round > 0) await spinFor(Math.random() * Math.max(0, longest - answered));
        peer.signal("SIGKILL");
        await peer.exit();
      });
      const sound = await countSound(await context.start(), entries);
      return `${sound} of ${entries.length} found after ${kills} kills, all sound`;
    },
  },
  {
    id: "persistence/half-a-body",
    level: "must",
    requirement:
      "A program that is killed in the middle of a body stores none of it, and takes the whole body later.",
    source: purpose,
    quote: documented.hit,
    go: {
      outcome: "fatal",
      text: "go build would stop as it links half a file, every time, or with: corrupt index; what the program does not take later it would build again every time",
    },
    needs: ["get", "put"],
    async run(context) {
      const { action, body } = newEntry(4 * 1024 * 1024);
      const first = await context.start();
      first.send({ command: "put", actionID: action, outputID: outputOf(body), bodySize: body.length });
      // A pipe and what a program reads ahead hold less than this: most of it was taken when it is written.
      void first.write(`"${body.subarray(0, 3_000_000).toBase64()}`);
      await first.written();
      first.signal("SIGKILL");
      await first.exit();
      const peer = await context.start();
      const response = await get(peer, action);
      require(!isHit(response), "a miss: the body never came to its end", () =>
        `a hit: ${response.diskPath}`);
      const { diskPath } = await assumePut(peer, action, body);
      await requireBody(diskPath, body, "the file that the second put named");
      return undefined;
    },
  },
];

function newEntry(size: number): Entry {
  return { action: newAction(), body: newBody(size) };
}

/** Every entry is a hit on a sound file. */
async function requireAll(peer: Peer, entries: readonly Entry[]): Promise<undefined> {
  const sound = await countSound(peer, entries);
  const expected = `hits on all of the ${entries.length} that were put`;
  require(sound === entries.length, expected, () => `${entries.length - sound} are not found`);
  return undefined;
}

/** How many are hits. @throws {Finding} where a hit is not sound */
async function countSound(peer: Peer, entries: readonly Entry[]): Promise<number> {
  let sound = 0;
  for (const entry of entries) if (await isSound(peer, entry)) sound++;
  return sound;
}

/** Whether it is a hit; a miss is no fault. @throws {Finding} where it is another's, or its file is not the body */
async function isSound(peer: Peer, { action, body }: Entry): Promise<boolean> {
  const { miss, err, outputID, diskPath } = await get(peer, action);
  if (miss || err !== "") return false;
  if (diskPath === "") throw new CouldNotRun("a hit has no DiskPath");
  // An id of another length is the matter of another check.
  if (outputID.length === 32 && Buffer.compare(outputID, outputOf(body)) !== 0)
    throw new Finding(`OutputID ${outputOf(body).toBase64()}`, outputID.toBase64());
  const content = await contentAt(diskPath);
  const expected = `a miss, or a file of the ${body.length} bytes that were put`;
  if (typeof content === "string") throw new Finding(expected, content);
  require(Buffer.compare(content, body) === 0, expected, () => difference(content, body));
  return true;
}
