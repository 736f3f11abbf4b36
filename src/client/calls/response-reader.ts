import { DecodeError, ResponseDecoder } from "../../wire/decode.ts";
import type { Response } from "../../wire/messages.ts";

/** The program's stdout: the next chunk, or undefined at the end. Implemented by Program. */
export interface ResponseStream {
  read(): Promise<Uint8Array | undefined>;
}

export interface ResponseReaderOptions {
  /** @param now when its last bytes were read, by performance.now() */
  readonly onResponse: (response: Response, now: number) => void;
  /** The program wrote something that isn't a response. Nothing after it is decoded. */
  readonly onRefusal: (error: DecodeError) => void;
}

/** Reads and decodes the program's responses, and passes each one on as it arrives. */
export class ResponseReader {
  /** Resolves at the end of stdout. */
  readonly ended: Promise<void>;
  readonly #stream: ResponseStream;
  readonly #options: ResponseReaderOptions;
  readonly #decoder = new ResponseDecoder();
  #ignoring = false;
  /** When the last chunk was read. One timestamp for all its responses: reading the clock costs more than the rest. */
  #now = 0;

  constructor(stream: ResponseStream, options: ResponseReaderOptions) {
    this.#stream = stream;
    this.#options = options;
    this.ended = this.#readAll();
  }

  /** Drops everything from now on, but keeps reading: a program whose stdout is full can't finish its work. */
  ignore(): void {
    this.#ignoring = true;
  }

  async #readAll(): Promise<void> {
    for (let chunk = await this.#stream.read(); chunk !== undefined; chunk = await this.#stream.read()) {
      if (!this.#ignoring) this.#decode(chunk);
    }
  }

  /** Passes on every whole response, including those before one that can't be decoded. */
  #decode(chunk: Uint8Array): void {
    this.#now = performance.now();
    try {
      this.#decoder.push(chunk, this.#pass);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (this.#ignoring) return;
      this.ignore();
      this.#options.onRefusal(error);
    }
  }

  readonly #pass = (response: Response): void => {
    if (!this.#ignoring) this.#options.onResponse(response, this.#now);
  };
}
