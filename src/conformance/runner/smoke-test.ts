import { resolve } from "node:path";
import { get, isHit, sendPut } from "../conversation/calls.ts";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/entry.ts";
import { assume, CouldNotRun, Finding, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";

/*
 * A plain conversation, as go would have it. Nearly every check stands on it: where it fails, they would all say the
 * same in their own words, each with another consequence, and wait their time for it.
 */

/** What explains a failure at each stage of the conversation: the checks whose matter that stage is. */
export const explaining = {
  get: ["framing/blank-line", "framing/no-waiting", "answers/nothing-else", "get/miss"],
  put: ["bodies/short", "put/answer", "put/complete"],
  hit: ["get/output-id", "get/file", "get/content"],
  close: ["close/answered", "close/ends"],
  restart: ["persistence/restart", "persistence/without-close", "processes/side-by-side"],
} as const satisfies Record<string, readonly string[]>;

export type Stage = keyof typeof explaining;

/** With fewer checks than this there is little to spare, and all of them are run. */
const worthIt = 12;

/** Whether a conversation should come before so many checks. */
export function isWorthIt(checks: readonly unknown[]): boolean {
  return checks.length >= worthIt;
}

/**
 * Has the conversation: hello, a miss, a put, a hit, close, and a hit once more after a restart. That an entry is not found
 * again stops nothing: to go it is a miss. How the program ends without close spoils no other check.
 *
 * @returns the stage that failed, and whether it was time that ran out; undefined where go would get through, or where nothing can be said
 */
export async function smokeTest(
  context: CheckContext,
): Promise<{ readonly stage: Stage; readonly late: boolean } | undefined> {
  let stage: Stage = "get";
  const at = (next: Stage) => {
    stage = next;
  };
  try {
    await converse(context, at);
    return undefined;
  } catch (error) {
    if (error instanceof Finding) return { stage, late: error.late };
    if (error instanceof CouldNotRun) return undefined; // it is slow
    throw error;
  }
}

async function converse(context: CheckContext, at: (stage: Stage) => void): Promise<void> {
  const peer = await context.start();
  const has = (command: string) => peer.commands.has(command);
  const [action, body] = [newAction(), newBody(1_000)];
  // Two, for each is followed by an empty line, which only the second one meets.
  for (let i = 0; i < 2 && has("get"); i++)
    require(!isHit(await get(peer, newAction())), "a miss", () => "a hit");
  if (has("put")) {
    at("put");
    const { err, diskPath } = await peer.answer(sendPut(peer, action, body));
    require(err === "" && diskPath !== "", "an answer with a DiskPath", () => err || "none");
    await requireBody(resolve(peer.cwd, diskPath), body, "the file from the put");
  }
  at("hit");
  if (has("get") && has("put")) await requireSound(peer, action, body);
  if (has("close")) {
    at("close");
    await peer.closed(peer.send({ command: "close" }));
    await peer.endStdin();
    await peer.ended();
  } else await assume(peer.endStdin().then(() => peer.ended()));
  at("restart");
  const next = await context.start();
  if (has("get") && has("put")) await requireSound(next, action, body);
}

/** A get of what was put is a miss, or a hit that is right. */
async function requireSound(peer: Peer, action: Uint8Array, body: Uint8Array): Promise<void> {
  const response = await get(peer, action);
  if (!isHit(response)) return;
  const id = outputOf(body).toHex();
  require(response.outputID.toHex() === id, `OutputID ${id}`, () => response.outputID.toHex());
  await requireBody(response.diskPath, body, "the file from the hit");
}
