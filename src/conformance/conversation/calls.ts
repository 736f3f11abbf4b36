import { resolve } from "node:path";
import type { Response } from "../../wire/messages.ts";
import { assume, CouldNotRun, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import { newAction, outputOf } from "./entry.ts";

/*
 * The requests that a check sends, with one set of verbs. The first word says what a bad answer means:
 *
 *     send…      sends a request and returns its id; peer.answer(id) waits for the answer
 *     get        waits for the answer and takes any
 *     require…   throws a Finding: the check is about this
 *     assume…    throws CouldNotRun: the check depends on this, and another check is about it
 *
 * Whatever waits throws a Finding where no answer comes, or the program breaks the protocol before it. A DiskPath is made
 * absolute as go would, from the program's working directory; only what peer.answer returns has it as it was written.
 */

/** Sends a get, of what nobody has put unless it is said. @returns its id */
export function sendGet(peer: Peer, actionID: Uint8Array = newAction()): Response["id"] {
  return peer.send({ command: "get", actionID });
}

/**
 * Sends gets in one write: so they are all there before the first can be answered.
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

/** Waits for the answer to each of the requests, which may come in any order. @throws {Finding} where one does not come */
export async function answers(peer: Peer, ids: readonly Response["id"][]): Promise<Response[]> {
  const responses: Response[] = [];
  for (const id of ids) responses.push(await peer.answer(id));
  return responses;
}

/** Gets an entry, and takes whatever is answered. @throws {Finding} where no answer comes */
export async function get(peer: Peer, actionID: Uint8Array): Promise<Response> {
  return withAbsolutePath(peer, await peer.answer(sendGet(peer, actionID)));
}

/** Puts a body. @throws {Finding} where no answer comes, or it is an error or names no file */
export async function requirePut(peer: Peer, actionID: Uint8Array, body: Uint8Array): Promise<Response> {
  return withAbsolutePath(peer, requireStored(await peer.answer(sendPut(peer, actionID, body))));
}

/** The answer to a put, as it came. @throws {Finding} where it is an error or names no file */
export function requireStored(response: Response): Response {
  require(response.err === "", "a response to put without Err", () => `Err ${JSON.stringify(response.err)}`);
  require(response.diskPath !== "", "a DiskPath in the response to put", () => "none");
  return response;
}

/** Puts a body. @throws {CouldNotRun} where the answer is an error or names no file @throws {Finding} where none comes */
export async function assumePut(peer: Peer, actionID: Uint8Array, body: Uint8Array): Promise<Response> {
  const response = await peer.answer(sendPut(peer, actionID, body));
  const what = `the response to a put of ${body.length} bytes`;
  if (response.err !== "") throw new CouldNotRun(`${what} has Err ${JSON.stringify(response.err)}`);
  if (response.diskPath === "") throw new CouldNotRun(`${what} has no DiskPath`);
  return withAbsolutePath(peer, response);
}

/** Gets what was put. @throws {CouldNotRun} where that is no hit, or names no file @throws {Finding} where no answer comes */
export async function assumeHit(peer: Peer, actionID: Uint8Array): Promise<Response> {
  return assumeHitIn(await get(peer, actionID));
}

/** The answer to a get of what was put. @throws {CouldNotRun} where that is no hit, or names no file */
export function assumeHitIn(response: Response): Response {
  const what = "the response to a get after a put";
  if (response.err !== "") throw new CouldNotRun(`${what} has Err ${JSON.stringify(response.err)}`);
  if (response.miss) throw new CouldNotRun(`${what} is a miss`);
  if (response.diskPath === "") throw new CouldNotRun(`${what} has no DiskPath`);
  return response;
}

/**
 * Ends the program as the client of the dialect does, and waits for the end of stdout: sends close, where it is
 * declared, waits for the answer, and ends stdin; one kills the program instead of that.
 *
 * @returns the answer to close, if there is one
 * @throws {CouldNotRun} where close is not answered, stdout does not end, or one more answer comes: the checks of
 *   close judge that
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

/** An answer with its DiskPath made absolute. */
export function withAbsolutePath(peer: Peer, response: Response): Response {
  const { diskPath } = response;
  return diskPath === "" ? response : { ...response, diskPath: resolve(peer.cwd, diskPath) };
}

/** Whether go would take this answer to get for an entry. Source: cmd/go/internal/cache/prog.go, Get */
export function isHit(response: Response): boolean {
  return response.err === "" && !response.miss && response.diskPath !== "";
}
