import type { Response } from "../../wire/messages.ts";
import type { Peer } from "../peer/peer.ts";
import { assumeClose, assumeHitIn, get } from "./calls.ts";
import type { CheckContext } from "./context.ts";

/**
 * Processes of the program, one after another on the same directory. A program may find what was put in its next
 * process only: that is asked then.
 */
export class RestartablePeer {
  readonly #context: CheckContext;
  #peer: Peer;

  private constructor(context: CheckContext, peer: Peer) {
    this.#context = context;
    this.#peer = peer;
  }

  /** Starts the program. @throws {Finding} where it says no hello */
  static async start(context: CheckContext): Promise<RestartablePeer> {
    return new RestartablePeer(context, await context.start());
  }

  /** The process that runs now. */
  get peer(): Peer {
    return this.#peer;
  }

  /** Ends the process, and starts the next one. @throws {CouldNotRun} where close is not answered, or stdout does not end */
  async restart(): Promise<Peer> {
    await assumeClose(this.#peer);
    this.#peer = await this.#context.start();
    return this.#peer;
  }

  /** Gets an entry that was put, and once more from a new process where that is a miss. */
  async get(actionID: Uint8Array): Promise<Response> {
    const response = await get(this.#peer, actionID);
    return response.miss ? get(await this.restart(), actionID) : response;
  }

  /** {@link get} for what was put. @throws {CouldNotRun} where that is no hit, or names no file */
  async assumeHit(actionID: Uint8Array): Promise<Response> {
    return assumeHitIn(await this.get(actionID));
  }
}
