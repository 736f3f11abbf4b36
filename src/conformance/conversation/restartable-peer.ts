import type { Response } from "../../wire/messages.ts";
import type { Peer } from "../peer/peer.ts";
import type { CheckContext } from "./context.ts";
import { assumeClose, assumeHitIn, get } from "./requests.ts";

/**
 * Processes of the program, one after another, on the same directory. A program may find an entry only in its next
 * process, so a miss is retried there.
 */
export class RestartablePeer {
  readonly #context: CheckContext;
  #peer: Peer;

  private constructor(context: CheckContext, peer: Peer) {
    this.#context = context;
    this.#peer = peer;
  }

  /** Starts the program. @throws {Finding} if it sends no hello */
  static async start(context: CheckContext): Promise<RestartablePeer> {
    return new RestartablePeer(context, await context.start());
  }

  /** The current process. */
  get peer(): Peer {
    return this.#peer;
  }

  /** Ends the process and starts the next one. @throws {CouldNotRun} if close gets no response, or stdout doesn't end */
  async restart(): Promise<Peer> {
    await assumeClose(this.#peer);
    this.#peer = await this.#context.start();
    return this.#peer;
  }

  /** Gets an entry that was put; after a miss, tries again in a new process. */
  async get(actionID: Uint8Array): Promise<Response> {
    const response = await get(this.#peer, actionID);
    return response.miss ? get(await this.restart(), actionID) : response;
  }

  /** {@link get}, for an entry that must exist. @throws {CouldNotRun} if it isn't a hit with a DiskPath */
  async assumeHit(actionID: Uint8Array): Promise<Response> {
    return assumeHitIn(await this.get(actionID));
  }
}
