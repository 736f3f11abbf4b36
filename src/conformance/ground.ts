import { resolve } from "node:path";
import type { Response } from "../wire/messages.ts";
import { CouldNotRun } from "./check.ts";
import type { Peer } from "./peer.ts";
import { sendPut } from "./trial.ts";

/*
 * What a check stands on: something is put, and found again. Where that fails, the check whose matter it is says so,
 * and no other does: they could not run. Paths are made absolute as go would, from the program's working directory.
 */

/** Puts a body. @throws {CouldNotRun} where the answer names no file */
export async function given(peer: Peer, actionID: Uint8Array, body: Uint8Array): Promise<Response> {
  const response = await peer.answer(sendPut(peer, actionID, body));
  const what = `a put of ${body.length} bytes is answered`;
  if (response.err !== "") throw new CouldNotRun(`${what} with Err ${JSON.stringify(response.err)}`);
  if (response.diskPath === "") throw new CouldNotRun(`${what} without a DiskPath`);
  return placed(peer, response);
}

/** Gets what was put. @throws {CouldNotRun} where that is no hit, or names no file */
export async function found(peer: Peer, actionID: Uint8Array): Promise<Response> {
  const response = await ask(peer, actionID);
  const what = "a get of what was put before is answered";
  if (response.err !== "") throw new CouldNotRun(`${what} with Err ${JSON.stringify(response.err)}`);
  if (response.miss) throw new CouldNotRun(`${what} with a miss`);
  if (response.diskPath === "") throw new CouldNotRun(`${what} without a DiskPath`);
  return response;
}

/** Gets an entry, and takes whatever is answered. */
export async function ask(peer: Peer, actionID: Uint8Array): Promise<Response> {
  return placed(peer, await peer.answer(peer.send({ command: "get", actionID })));
}

/** An answer with its DiskPath made absolute. */
export function placed(peer: Peer, response: Response): Response {
  const { diskPath } = response;
  return diskPath === "" ? response : { ...response, diskPath: resolve(peer.cwd, diskPath) };
}

/** Whether go would take this answer to get for an entry. Source: cmd/go/internal/cache/prog.go, Get */
export function isHit(response: Response): boolean {
  return response.err === "" && !response.miss && response.diskPath !== "";
}
