import { resolve } from "node:path";
import type { Response } from "../../wire/messages.ts";
import { CouldNotRun } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import { type CheckContext, close, sendPut } from "./context.ts";

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
  return requireFound(await ask(peer, actionID));
}

function requireFound(response: Response): Response {
  const what = "a get of what was put before is answered";
  if (response.err !== "") throw new CouldNotRun(`${what} with Err ${JSON.stringify(response.err)}`);
  if (response.miss) throw new CouldNotRun(`${what} with a miss`);
  if (response.diskPath === "") throw new CouldNotRun(`${what} without a DiskPath`);
  return response;
}

/**
 * Processes of the program, one after another on the same directory. A program may find what was put in its next
 * process only: that is asked then.
 */
export class Generations {
  readonly #context: CheckContext;
  #peer: Peer;

  private constructor(context: CheckContext, peer: Peer) {
    this.#context = context;
    this.#peer = peer;
  }

  static async begin(context: CheckContext): Promise<Generations> {
    return new Generations(context, await context.start());
  }

  /** The process that runs now. */
  get peer(): Peer {
    return this.#peer;
  }

  /** Ends the process, and starts the next one. */
  async next(): Promise<Peer> {
    await close(this.#peer);
    this.#peer = await this.#context.start();
    return this.#peer;
  }

  /** Gets an entry that was put, and once more from a new process where that is a miss. */
  async ask(actionID: Uint8Array): Promise<Response> {
    const response = await ask(this.#peer, actionID);
    return response.miss ? ask(await this.next(), actionID) : response;
  }

  /** {@link ask} for what was put. @throws {CouldNotRun} where that is no hit, or names no file */
  async found(actionID: Uint8Array): Promise<Response> {
    return requireFound(await this.ask(actionID));
  }
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
