import { DecodeError, ResponseDecoder } from "../../wire/decode.ts";
import type { Response } from "../../wire/messages.ts";
import { Finding } from "../finding.ts";

/** The longest response that is accepted, in bytes. */
const longestAnswer = 1024 * 1024;

/**
 * The responses of a program: the hello, and one response per request. A violation of the protocol rejects every pending
 * response and every later one.
 */
export class AnswersIn {
  readonly #decoder = new ResponseDecoder({ maxBytes: longestAnswer });
  readonly #hello = Promise.withResolvers<Response>();
  readonly #answers = new Map<Response["id"], PromiseWithResolvers<Response>>();
  readonly #answered = new Set<Response["id"]>();
  #greeted = false;
  #commands: ReadonlySet<string> = new Set();
  /** Close was sent: from now on, go treats output that is not a response as the end of stdout. */
  #closing = false;
  #violation: Finding | undefined;
  #noise: Finding | undefined;
  #over = false;
  readonly #onAnswer: () => void;

  /** @param onAnswer called for the hello, and for each response to a request */
  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
    this.#hello.promise.catch(() => {}); // callers of `hello` get the error
  }

  /** The commands that the hello declares; empty before it arrives. */
  get commands(): ReadonlySet<string> {
    return this.#commands;
  }

  /** The hello. Rejects with a Finding if none arrived, or something else did. */
  get hello(): Promise<Response> {
    return this.#hello.promise;
  }

  /** The ids of the requests answered so far, in the order of their responses. */
  get answered(): ReadonlySet<Response["id"]> {
    return this.#answered;
  }

  /** The first violation of the protocol, if there was one. */
  get violation(): Finding | undefined {
    return this.#violation;
  }

  /** Output that is not a response, where go doesn't mind: after close was sent, or cut off by the end of stdout. */
  get noise(): Finding | undefined {
    return this.#noise;
  }

  /** Whether no response can follow: stdout has ended, or something else came after close. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Registers a request: a response with its id is expected from now on. */
  expect(id: Response["id"]): void {
    const answer = Promise.withResolvers<Response>();
    answer.promise.catch(() => {}); // callers of `answer` get the error
    if (this.#violation !== undefined) answer.reject(this.#violation);
    this.#answers.set(id, answer);
  }

  /** Registers that close is sent. */
  expectEnd(): void {
    this.#closing = true;
  }

  /** The response to a request. Rejects with a Finding if none arrived, or the protocol was violated first. */
  answer(id: Response["id"]): Promise<Response> {
    const answer = this.#answers.get(id);
    if (answer === undefined) throw new Error(`request ${id} was never sent: a bug in the check`);
    return answer.promise;
  }

  /** Takes a chunk of stdout. */
  take(chunk: Uint8Array): void {
    if (this.#noise !== undefined) return;
    const refused = this.#decode(chunk);
    if (refused === undefined) return;
    const finding = new Finding("only responses as JSON on stdout", refused.message);
    finding.kind = "noise";
    if (this.#closing) {
      this.#noise = finding;
      this.#over = true;
      this.#fail(finding);
    } else this.#violate(finding);
  }

  /** Delivers the responses that end in a chunk, and returns the error of what isn't one. */
  #decode(chunk: Uint8Array): DecodeError | undefined {
    try {
      this.#decoder.push(chunk, (response) => this.#deliver(response));
      return undefined;
    } catch (error) {
      if (error instanceof DecodeError) return error;
      throw error;
    }
  }

  /** Registers the end of stdout, which may have cut off a response. */
  end(): void {
    try {
      this.#decoder.end();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#noise ??= new Finding("complete responses as JSON on stdout", error.message);
    }
  }

  /** Rejects every response that is still pending at the end. */
  fail(finding: Finding): void {
    this.#over = true;
    this.#fail(finding);
  }

  #deliver(response: Response): void {
    const { id } = response;
    const answer = this.#answers.get(id);
    if (!this.#greeted) {
      this.#greeted = true;
      this.#onAnswer();
      this.#commands = new Set(response.knownCommands);
      this.#hello.resolve(response);
    } else if (this.#answered.has(id)) {
      this.#violate(new Finding("one response per request", `a second response with ID ${id}`));
    } else if (answer === undefined) {
      this.#violate(new Finding("a response to a request", `a response with ID ${id}, which no request has`));
    } else {
      this.#answered.add(id);
      this.#onAnswer();
      answer.resolve(response);
    }
  }

  #violate(finding: Finding): void {
    this.#violation ??= finding;
    this.#fail(finding);
  }

  #fail(finding: Finding): void {
    this.#hello.reject(finding);
    for (const answer of this.#answers.values()) answer.reject(finding);
  }
}
