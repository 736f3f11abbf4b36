import { resolve } from "node:path";
import type { Int64 } from "../../wire/messages.ts";
import { assume, CouldNotRun, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import { requireBody } from "./disk-file.ts";
import { newAction, newBody, outputOf } from "./new-entry.ts";
import { assumePut, get } from "./requests.ts";

/** A request that hasn't been sent yet. */
export interface Prepared {
  readonly id: Int64;
  readonly bytes: Uint8Array;
  /** The body of a put. */
  readonly body?: Uint8Array;
}

/** Sends a get and a small put, each in one write. @throws {CouldNotRun} if a response to them is wrong */
export async function assumePutAndGet(peer: Peer): Promise<void> {
  const { err } = await get(peer, newAction());
  if (err !== "") throw new CouldNotRun(`the response to a get has Err ${JSON.stringify(err)}`);
  const body = newBody(10);
  const { diskPath } = await assumePut(peer, newAction(), body);
  await assume(requireBody(diskPath, body, "the file from the put"));
}

/** Prepares a put of a body, and a get. */
export function preparePutAndGet(peer: Peer, body: Uint8Array): Prepared[] {
  const request = { command: "put", outputID: outputOf(body), bodySize: body.length, actionID: newAction() };
  const put = { ...peer.prepare(request, body), body };
  return [put, peer.prepare({ command: "get", actionID: newAction() })];
}

/** @throws {Finding} if a request gets no response, or its body is not at the DiskPath */
export async function requireAnswered(peer: Peer, requests: readonly Prepared[]): Promise<void> {
  for (const { id, body } of requests) {
    const { err, diskPath } = await peer.answer(id);
    require(err === "", `a response without Err to request ${id}`, () => `Err ${JSON.stringify(err)}`);
    if (body === undefined) continue;
    await requireBody(resolve(peer.cwd, diskPath), body, `the file from the put with ID ${id}`);
  }
}
