import { DecodeError, ResponseDecoder } from "../wire/decode.ts";
import type { Response } from "../wire/messages.ts";

/** What is listened to: the next chunk, or undefined at the end. Source: Program.read. */
export interface Speaker {
  read(): Promise<Uint8Array | undefined>;
}

export interface ListenerOptions {
  readonly onResponse: (response: Response) => void;
  /** What came can not be decoded. Nothing is heard after that. */
  readonly onRefusal: (error: DecodeError) => void;
}

/** Hears the responses of a program, as they come. */
export class Listener {
  /** Resolves at the end of stdout, or of our interest in it. */
  readonly ended: Promise<void>;
  readonly #speaker: Speaker;
  readonly #options: ListenerOptions;
  readonly #decoder = new ResponseDecoder();
  #deaf = false;

  constructor(speaker: Speaker, options: ListenerOptions) {
    this.#speaker = speaker;
    this.#options = options;
    this.ended = this.#listen();
  }

  /** From now on nothing is heard, but it is read all the same: a program that can not write can not finish its work. */
  ignore(): void {
    this.#deaf = true;
  }

  async #listen(): Promise<void> {
    for (let chunk = await this.#speaker.read(); chunk !== undefined; chunk = await this.#speaker.read()) {
      if (!this.#deaf) this.#hear(chunk);
    }
  }

  /** Hands over what came whole, also before something that can not be decoded. */
  #hear(chunk: Uint8Array): void {
    let refusal: DecodeError | undefined;
    let responses: readonly Response[];
    try {
      responses = this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      refusal = error;
      responses = error.values;
    }
    for (const response of responses) if (!this.#deaf) this.#options.onResponse(response);
    if (refusal === undefined || this.#deaf) return;
    this.ignore();
    this.#options.onRefusal(refusal);
  }
}
