import { randomInt } from "node:crypto";
import { contentAt, difference, requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/new-entry.ts";
import { assumeClose, assumePut, get, isHit, sendPut } from "../conversation/requests.ts";
import { repeatFor, spinFor } from "../conversation/timing.ts";
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

/** How long the program is started and killed repeatedly, in ms. */
const killing = 600;
const purpose = "cmd/go/internal/cacheprog, CmdGet: a later get, which is the purpose of a build cache";

interface Entry {
  readonly action: Uint8Array;
  readonly body: Uint8Array;
}

/** What is stored after the program has ended, in one way or another. */
export const persistenceChecks: readonly Check[] = [
  {
    id: "persistence/restart",
    level: "should",
    requirement: "The next process finds what was put before close.",
    source: purpose,
    go: { outcome: "rebuilds", text: "every go command would rebuild everything" },
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
    requirement: "The next process finds what was put even if stdin ended without close.",
    source: "go list, go mod tidy and failing go commands send no close",
    go: { outcome: "rebuilds", text: "everything that go list -export compiled would be compiled again" },
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
    requirement: "A program killed at any moment starts again, and no hit names a wrong file.",
    source: "Ctrl-C reaches the program, too; SIGKILL or a power failure may end it",
    confirmedBy: "index-in-place",
    go: {
      outcome: "wrong result",
      text: 'go build would link the wrong bytes, fail with "corrupt index", or fail because the program doesn\'t start again',
    },
    needs: ["get", "put"],
    deadline: 15_000,
    async run(context) {
      const entries: Entry[] = [];
      let last: Entry[] = [];
      // How long the puts of a round take, if the program isn't killed.
      let whole = 0;
      const kills = await repeatFor(killing, async (round) => {
        const peer = await context.start();
        await countHits(peer, last);
        last = Array.from({ length: 12 }, () => newEntry(randomInt(1, 60_000)));
        entries.push(...last);
        const sent = performance.now();
        const ids = last.map(({ action, body }) => sendPut(peer, action, body));
        if (round === 0) {
          for (const id of ids) await peer.answer(id);
          whole = performance.now() - sent;
        } else if (round % 2 === 0) await spinFor(Math.random() * whole);
        else {
          // After one of the responses, while the program stores the next body.
          await peer.answer(ids[randomInt(ids.length - 1)] ?? 0);
          await spinFor((Math.random() * whole) / ids.length);
        }
        peer.signal("SIGKILL");
        await peer.exit();
      });
      const hits = await countHits(await context.start(), entries);
      return `${hits} of ${entries.length} entries found after ${kills} kills, all intact`;
    },
  },
  {
    id: "persistence/half-a-body",
    level: "must",
    requirement:
      "A program killed in the middle of a body doesn't store it, and accepts the whole body later.",
    source: purpose,
    quote: documented.hit,
    go: {
      outcome: "fatal",
      text: 'go build would fail every time it links the incomplete file, or with "corrupt index"; if the program refuses the whole body, it would rebuild every time',
    },
    needs: ["get", "put"],
    async run(context) {
      const { action, body } = newEntry(4 * 1024 * 1024);
      const first = await context.start();
      first.send({ command: "put", actionID: action, outputID: outputOf(body), bodySize: body.length });
      // This is more than a pipe and a read buffer hold: once it's written, the program has read most of it.
      void first.write(`"${body.subarray(0, 3_000_000).toBase64()}`);
      await first.written();
      first.signal("SIGKILL");
      await first.exit();
      const peer = await context.start();
      const response = await get(peer, action);
      require(!isHit(response), "a miss on the incomplete body", () =>
        `a hit that names ${response.diskPath}`);
      const { diskPath } = await assumePut(peer, action, body);
      await requireBody(diskPath, body, "the file from the second put");
      return undefined;
    },
  },
];

function newEntry(size: number): Entry {
  return { action: newAction(), body: newBody(size) };
}

/** @throws {Finding} if an entry isn't a hit, or its file doesn't hold the body */
async function requireAll(peer: Peer, entries: readonly Entry[]): Promise<undefined> {
  const hits = await countHits(peer, entries);
  const expected = `hits on all ${entries.length} entries`;
  require(hits === entries.length, expected, () => `${entries.length - hits} misses`);
  return undefined;
}

/** How many entries are hits. @throws {Finding} if a hit has a wrong OutputID or file */
async function countHits(peer: Peer, entries: readonly Entry[]): Promise<number> {
  let hits = 0;
  for (const entry of entries) if (await isIntactHit(peer, entry)) hits++;
  return hits;
}

/** Whether an entry is a hit. @throws {Finding} if a hit has a wrong OutputID, or its file doesn't hold the body */
async function isIntactHit(peer: Peer, { action, body }: Entry): Promise<boolean> {
  const { miss, err, outputID, diskPath } = await get(peer, action);
  if (miss || err !== "") return false;
  if (diskPath === "") throw new CouldNotRun("a hit has no DiskPath");
  // get/output-id reports an id of another length.
  if (outputID.length === 32 && Buffer.compare(outputID, outputOf(body)) !== 0)
    throw new Finding(`OutputID ${outputOf(body).toBase64()}`, outputID.toBase64());
  const content = await contentAt(diskPath);
  const expected = `a miss, or a file with the ${body.length} bytes of the put`;
  if (typeof content === "string") throw new Finding(expected, content);
  require(Buffer.compare(content, body) === 0, expected, () => difference(content, body));
  return true;
}
