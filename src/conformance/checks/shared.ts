import { mkdir, writeFile } from "node:fs/promises";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/new-entry.ts";
import { assumeClose, assumePut, get, isHit, requirePut } from "../conversation/requests.ts";
import { NotApplicable, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const source = "a new build machine has only the entries that other machines put, which a second tier is for";

/** A second tier that several machines share: `{shared}` in the command. */
export const sharedChecks: readonly Check[] = [
  {
    id: "shared/found",
    level: "should",
    requirement: "A process with an empty {dir} and the same {shared} finds the earlier entries.",
    source,
    go: { outcome: "rebuilds", text: "go build would rebuild everything on each new machine" },
    needs: ["get", "put"],
    async run(context) {
      const { peer, entries } = await onNewMachine(context);
      for (const { action, body } of entries) {
        const response = await get(peer, action);
        const expected = `a hit on the ${body.length} bytes of the put`;
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
      "A hit from {shared} has the OutputID and Size of the put, and names a file that holds its body.",
    source: "cmd/go/internal/cacheprog, CmdGet",
    quote: documented.hit,
    go: { outcome: "wrong result", text: "go build would fail when it imports or links the file" },
    needs: ["get", "put"],
    async run(context) {
      const { peer, entries } = await onNewMachine(context);
      let hits = 0;
      for (const { action, body } of entries) {
        const response = await get(peer, action);
        if (!isHit(response)) continue;
        hits++;
        const [id, expected] = [response.outputID.toHex(), outputOf(body).toHex()];
        require(id === expected, `OutputID ${expected}`, () => id || "none");
        require(Number(response.size) === body.length, `Size ${body.length}`, () => `Size ${response.size}`);
        await requireBody(response.diskPath, body, "the file from the hit");
      }
      return `hits on ${hits} of ${entries.length} entries`;
    },
  },
  {
    id: "shared/unreachable",
    level: "should",
    requirement: "If {shared} can't be reached, the program serves from {dir} alone.",
    source: "networks fail now and then, and a build needs no cache",
    go: {
      outcome: "fatal",
      text: "go build would fail if the program exits, or when it puts a package index",
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
      require(isHit(await get(peer, action)), "a hit on the entry in {dir}", () => "a miss");
      return undefined;
    },
  },
];

/** @throws {NotApplicable} if the command names no second tier */
function requireShared({ command }: CheckContext): void {
  if (command.some((word) => word.includes("{shared}"))) return;
  throw new NotApplicable("the command has no {shared}, the directory of a second tier");
}

/** Puts entries, and ends that process. @returns a new process with an empty `{dir}` */
async function onNewMachine(
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
