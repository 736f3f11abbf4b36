import { mkdir, writeFile } from "node:fs/promises";
import type { Check } from "../check.ts";
import { assumeClose, assumePut, get, isHit, requirePut } from "../conversation/calls.ts";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/entry.ts";
import { NotApplicable, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import * as documented from "./documentation.ts";

const source =
  "a build machine that is new has nothing but what the others have put, which is what a second tier is for";

/** A second tier, which several machines share: `{shared}` in the command. */
export const sharedChecks: readonly Check[] = [
  {
    id: "shared/found",
    level: "should",
    requirement: "What was put is found by a process whose {dir} is empty, over the same {shared}.",
    source,
    go: { outcome: "rebuilds", text: "go build would build everything again on each new machine" },
    needs: ["get", "put"],
    async run(context) {
      const { peer, entries } = await elsewhere(context);
      for (const { action, body } of entries) {
        const response = await get(peer, action);
        const expected = `a hit on the ${body.length} bytes that were put`;
        const actual = () => (response.err === "" ? "a miss" : `Err ${JSON.stringify(response.err)}`);
        require(isHit(response), expected, actual);
      }
      return undefined;
    },
  },
  {
    id: "shared/content",
    level: "must",
    requirement:
      "A hit that comes from {shared} has the OutputID and the Size of the put, and a file that holds its body.",
    source: "cmd/go/internal/cacheprog, CmdGet",
    quote: documented.hit,
    go: { outcome: "wrong result", text: "go build would stop as it imports or links what is in the file" },
    needs: ["get", "put"],
    async run(context) {
      const { peer, entries } = await elsewhere(context);
      let hits = 0;
      for (const { action, body } of entries) {
        const response = await get(peer, action);
        if (!isHit(response)) continue;
        hits++;
        const [id, expected] = [response.outputID.toHex(), outputOf(body).toHex()];
        require(id === expected, `OutputID ${expected}`, () => id || "none");
        require(Number(response.size) === body.length, `Size ${body.length}`, () => `Size ${response.size}`);
        await requireBody(response.diskPath, body, "the file that the hit names");
      }
      return `${hits} of ${entries.length} are hits`;
    },
  },
  {
    id: "shared/unreachable",
    level: "should",
    requirement: "Where {shared} can not be reached, the program serves from {dir} alone.",
    source: "a network fails now and then, and a build needs no cache",
    go: {
      outcome: "fatal",
      text: "go build would stop where the program does, or where the index of a package is put",
    },
    needs: ["get", "put"],
    async run(context) {
      requireShared(context);
      const file = context.sandbox.path("file");
      await writeFile(file, "");
      const peer = await context.start({ shared: `${file}/shared` });
      const [action, body] = [newAction(), newBody(1_000)];
      for (const id of [newAction(), action]) {
        const { err } = await get(peer, id);
        require(err === "", "a miss", () => `Err ${JSON.stringify(err)}`);
      }
      await requirePut(peer, action, body);
      require(isHit(await get(peer, action)), "a hit on what was put into {dir}", () => "a miss");
      return undefined;
    },
  },
];

/** @throws {NotApplicable} where the command names no second tier */
function requireShared({ command }: CheckContext): void {
  if (command.some((word) => word.includes("{shared}"))) return;
  throw new NotApplicable("the command has no {shared}, the directory of a second tier");
}

/** Puts entries, and ends that process. @returns one with an empty `{dir}` */
async function elsewhere(
  context: CheckContext,
): Promise<{ peer: Peer; entries: { action: Uint8Array; body: Uint8Array }[] }> {
  requireShared(context);
  const first = await context.start();
  const entries = [0, 1, 1_000, 100_000].map((size) => ({ action: newAction(), body: newBody(size) }));
  for (const { action, body } of entries) await assumePut(first, action, body);
  await assumeClose(first);
  const dir = context.sandbox.path("empty");
  await mkdir(dir);
  return { peer: await context.start({ dir }), entries };
}
