import { within } from "../../wait.ts";
import type { Request } from "../../wire/messages.ts";
import { Finding } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import { newAction } from "./new-entry.ts";
import { requireAnswered } from "./prepared.ts";

/** A response within this time, in ms, shows that the program has read the write that ended with its request. */
const prompt = 100;

/** Sends requests in two pieces. The first piece follows a whole request, whose response shows that both were read. */
export class RequestSplitter {
  readonly #peer: Peer;
  /** The program holds a response back until it has read what follows. That is allowed: go never stops in the middle. */
  #keepsAnswers = false;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** Sends a request once for each split point: each time, the first piece is one byte longer. */
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
