import { resolve } from "node:path";
import { within } from "../../client/deadline.ts";
import type { Int64, Request } from "../../wire/messages.ts";
import { assume, CouldNotRun, Finding, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import { ask, given } from "./calls.ts";
import { newAction, newBody, outputOf } from "./context.ts";
import { requireBody } from "./disk-file.ts";

/** A request that is not sent yet. */
export interface Prepared {
  readonly id: Int64;
  readonly bytes: Uint8Array;
  /** The body of a put. */
  readonly body?: Uint8Array;
}

/** @throws {CouldNotRun} where a get, or a put of a few bytes, that comes in one piece is not answered as it should be */
export async function groundOf(peer: Peer): Promise<void> {
  const { err } = await ask(peer, newAction());
  if (err !== "") throw new CouldNotRun(`a get is answered with Err ${JSON.stringify(err)}`);
  const body = newBody(10);
  const { diskPath } = await given(peer, newAction(), body);
  await assume(requireBody(diskPath, body, "the file that put named"));
}

/** A put with that body, and a get, not sent yet. */
export function conversation(peer: Peer, body: Uint8Array): Prepared[] {
  const request = { command: "put", outputID: outputOf(body), bodySize: body.length, actionID: newAction() };
  const put = { ...peer.prepare(request, body), body };
  return [put, peer.prepare({ command: "get", actionID: newAction() })];
}

/** @throws {Finding} where a request is not answered, or the body of one is not at its DiskPath */
export async function requireAnswered(peer: Peer, requests: readonly Prepared[]): Promise<void> {
  for (const { id, body } of requests) {
    const { err, diskPath } = await peer.answer(id);
    require(err === "", `an answer without Err to request ${id}`, () => `Err ${JSON.stringify(err)}`);
    if (body === undefined) continue;
    await requireBody(resolve(peer.cwd, diskPath), body, `the file that the put with ID ${id} named`);
  }
}

/** How long the answer to a request may follow it, for what was written with it to count as read, in ms. */
const prompt = 100;

/** Sends requests in two pieces. The first comes behind a whole request: its answer tells that both are read. */
export class Splitter {
  readonly #peer: Peer;
  /** The program keeps an answer until it has read what follows. It may: go never stops in the middle. */
  #keepsAnswers = false;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** Sends a request again and again, a byte more of it in the first piece each time. */
  async everywhere(make: () => Omit<Request, "id">, body?: Uint8Array): Promise<void> {
    for (let cut = 1, length = 2; cut < length; cut++) {
      const before = this.#peer.prepare({ command: "get", actionID: newAction() });
      const request = this.#peer.prepare(make(), body);
      length = request.bytes.length;
      void this.#peer.write(Buffer.concat([before.bytes, request.bytes.subarray(0, cut)]));
      try {
        if (!this.#keepsAnswers) {
          const answer = await within(prompt, this.#peer.answer(before.id));
          this.#keepsAnswers = answer === undefined;
        }
        void this.#peer.write(request.bytes.subarray(cut));
        await requireAnswered(this.#peer, [{ ...request, ...(body && { body }) }, before]);
      } catch (error) {
        if (!(error instanceof Finding)) throw error;
        const halves = `${JSON.stringify(tail(request.bytes.subarray(0, cut)))} and ${JSON.stringify(head(request.bytes.subarray(cut)))}`;
        throw error.expecting(`${error.expected}, cut between ${halves}`);
      }
    }
  }
}

function tail(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(-12));
}

function head(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 12));
}
