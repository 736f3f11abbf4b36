import { resolve } from "node:path";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/new-entry.ts";
import { get, isHit, sendPut } from "../conversation/requests.ts";
import { assume, CouldNotRun, Finding, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";

/*
 * The smoke test is a plain conversation, as go would hold it. Nearly every check depends on it: if it fails, they would
 * all report the same problem in different words, and most only after a timeout.
 */

/** For each stage of the conversation, the checks that explain its failure; in `output`, something isn't a response. */
export const explaining = {
  output: ["answers/nothing-else"],
  get: ["framing/blank-line", "framing/no-waiting", "answers/once", "get/miss"],
  put: ["bodies/short", "put/answer", "put/complete"],
  hit: ["get/output-id", "get/file", "get/content"],
  close: ["close/answered", "close/ends"],
  restart: ["persistence/restart", "persistence/without-close", "processes/side-by-side"],
} as const satisfies Record<string, readonly string[]>;

export type Stage = keyof typeof explaining;

/** With fewer checks than this, running all of them takes little time. */
const fewestChecks = 12;

/** Whether a smoke test should come before these checks. */
export function needsSmokeTest(checks: readonly unknown[]): boolean {
  return checks.length >= fewestChecks;
}

/**
 * Holds the conversation: hello, a miss, a put, a hit, close, and another hit after a restart. A miss in place of a hit
 * passes: go can work with it. If the program doesn't declare close, how it ends doesn't matter to other checks.
 *
 * @returns the stage that failed, and whether the cause was a timeout; undefined if the test passed or is undecided
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
    if (error instanceof Finding)
      return { stage: error.kind === "noise" ? "output" : stage, late: error.late };
    if (error instanceof CouldNotRun) return undefined; // the program is slow
    throw error;
  }
}

async function converse(context: CheckContext, at: (stage: Stage) => void): Promise<void> {
  const peer = await context.start();
  const has = (command: string) => peer.commands.has(command);
  const [action, body] = [newAction(), newBody(1_000)];
  // Two gets, because an empty line follows each request, and only the second get comes after one.
  for (let i = 0; i < 2 && has("get"); i++)
    require(!isHit(await get(peer, newAction())), "a miss", () => "a hit");
  if (has("put")) {
    at("put");
    const { err, diskPath } = await peer.answer(sendPut(peer, action, body));
    require(err === "" && diskPath !== "", "a response with a DiskPath", () => err || "none");
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

/** Requires that a get of an entry that was put is a miss, or a correct hit. */
async function requireSound(peer: Peer, action: Uint8Array, body: Uint8Array): Promise<void> {
  const response = await get(peer, action);
  if (!isHit(response)) return;
  const id = outputOf(body).toHex();
  require(response.outputID.toHex() === id, `OutputID ${id}`, () => response.outputID.toHex());
  await requireBody(response.diskPath, body, "the file from the hit");
}
