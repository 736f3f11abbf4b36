import { resolve } from "node:path";
import type { Response } from "../../wire/messages.ts";
import { assume, CouldNotRun, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import { newAction, outputOf } from "./new-entry.ts";

/*
 * The requests that checks send. The first word of a function says what a bad response means:
 *
 *     send…      sends a request and returns its id; peer.answer(id) waits for the response
 *     get        waits for the response and accepts any
 *     require…   throws a Finding: the check is about this
 *     assume…    throws CouldNotRun: the check depends on this, and another check is about it
 *
 * Every function that waits throws a Finding if no response arrives, or if the program violates the protocol first. They
 * resolve a DiskPath against the program's working directory; only peer.answer returns it as written.
 */

/** Sends a get, by default for a new action id. @returns its id */
export function sendGet(peer: Peer, actionID: Uint8Array = newAction()): Response["id"] {
  return peer.send({ command: "get", actionID });
}

/**
 * Sends gets in one write, so that all of them arrive before the first can be answered.
 *
 * @returns their ids
 */
export function sendGets(peer: Peer, actions: readonly Uint8Array[]): Response["id"][] {
  const requests = actions.map((actionID) => peer.prepare({ command: "get", actionID }));
  void peer.write(Buffer.concat(requests.map(({ bytes }) => bytes)));
  return requests.map(({ id }) => id);
}

/** Sends a put. @returns its id */
export function sendPut(peer: Peer, actionID: Uint8Array, body: Uint8Array): Response["id"] {
  return peer.send({ command: "put", actionID, outputID: outputOf(body), bodySize: body.length }, body);
}

/** Waits for the response to each request; they may arrive in any order. @throws {Finding} if one doesn't arrive */
export async function answers(peer: Peer, ids: readonly Response["id"][]): Promise<Response[]> {
  const responses: Response[] = [];
  for (const id of ids) responses.push(await peer.answer(id));
  return responses;
}

/** Gets an entry, and accepts any response. @throws {Finding} if none arrives */
export async function get(peer: Peer, actionID: Uint8Array): Promise<Response> {
  return withAbsolutePath(peer, await peer.answer(sendGet(peer, actionID)));
}

/** Puts a body. @throws {Finding} if no response arrives, or it has an Err or no DiskPath */
export async function requirePut(peer: Peer, actionID: Uint8Array, body: Uint8Array): Promise<Response> {
  return withAbsolutePath(peer, requireStored(await peer.answer(sendPut(peer, actionID, body))));
}

/** Returns the response to a put unchanged. @throws {Finding} if it has an Err or no DiskPath */
export function requireStored(response: Response): Response {
  require(response.err === "", "a response to put without Err", () => `Err ${JSON.stringify(response.err)}`);
  require(response.diskPath !== "", "a DiskPath in the response to put", () => "none");
  return response;
}

/** Puts a body. @throws {CouldNotRun} if the response has an Err or no DiskPath @throws {Finding} if none arrives */
export async function assumePut(peer: Peer, actionID: Uint8Array, body: Uint8Array): Promise<Response> {
  const response = await peer.answer(sendPut(peer, actionID, body));
  const what = `the response to a put of ${body.length} bytes`;
  if (response.err !== "") throw new CouldNotRun(`${what} has Err ${JSON.stringify(response.err)}`);
  if (response.diskPath === "") throw new CouldNotRun(`${what} has no DiskPath`);
  return withAbsolutePath(peer, response);
}

/** Gets an entry that was put. @throws {CouldNotRun} if it isn't a hit with a DiskPath @throws {Finding} if none arrives */
export async function assumeHit(peer: Peer, actionID: Uint8Array): Promise<Response> {
  return assumeHitIn(await get(peer, actionID));
}

/** Returns the response to a get of an entry that was put. @throws {CouldNotRun} if it isn't a hit with a DiskPath */
export function assumeHitIn(response: Response): Response {
  const what = "the response to a get after a put";
  if (response.err !== "") throw new CouldNotRun(`${what} has Err ${JSON.stringify(response.err)}`);
  if (response.miss) throw new CouldNotRun(`${what} is a miss`);
  if (response.diskPath === "") throw new CouldNotRun(`${what} has no DiskPath`);
  return response;
}

/**
 * Ends the program as the client of the dialect does: sends close if the program declares it, waits for the response,
 * closes stdin, and waits for the end of stdout. A dialect that kills the program after close does that too.
 *
 * @returns the response to close, if there is one
 * @throws {CouldNotRun} if close gets no response, stdout doesn't end, or another response arrives: the close checks
 *   test that
 */
export function assumeClose(peer: Peer): Promise<Response | undefined> {
  return assume(end(peer));
}

async function end(peer: Peer): Promise<Response | undefined> {
  const declared = peer.commands.has("close");
  const response = declared ? await peer.closed(peer.send({ command: "close" })) : undefined;
  if (peer.dialect.killsAfterClose) peer.signal("SIGKILL");
  await peer.endStdin();
  await peer.ended();
  return response;
}

/** A response with its DiskPath made absolute. */
export function withAbsolutePath(peer: Peer, response: Response): Response {
  const { diskPath } = response;
  return diskPath === "" ? response : { ...response, diskPath: resolve(peer.cwd, diskPath) };
}

/** Whether go would treat this response to get as a hit. Source: cmd/go/internal/cache/prog.go, Get */
export function isHit(response: Response): boolean {
  return response.err === "" && !response.miss && response.diskPath !== "";
}
