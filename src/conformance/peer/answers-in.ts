import { DecodeError, ResponseDecoder } from "../../wire/decode.ts";
import type { Response } from "../../wire/messages.ts";
import { Finding } from "../finding.ts";

/** The longest answer that is taken, in bytes. */
const longestAnswer = 1024 * 1024;

/**
 * What a program answers: the hello, and one answer to each request. What breaks the protocol fails whatever is waited
 * for, and whatever is asked after that.
 */
export class AnswersIn {
  readonly #decoder = new ResponseDecoder({ maxBytes: longestAnswer });
  readonly #hello = Promise.withResolvers<Response>();
  readonly #answers = new Map<Response["id"], PromiseWithResolvers<Response>>();
  readonly #answered = new Set<Response["id"]>();
  #greeted = false;
  #commands: ReadonlySet<string> = new Set();
  /** Close was sent: go no longer minds what is no answer, and takes it for the end of stdout. */
  #closing = false;
  #violation: Finding | undefined;
  #noise: Finding | undefined;
  #over = false;
  readonly #onAnswer: () => void;

  /** @param onAnswer called with each answer that was asked for, and with the hello */
  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
    this.#hello.promise.catch(() => {}); // who asks gets the error
  }

  /** What the hello declares; nothing before it is there. */
  get commands(): ReadonlySet<string> {
    return this.#commands;
  }

  /** The hello. It rejects with a Finding where none came, or something else did. */
  get hello(): Promise<Response> {
    return this.#hello.promise;
  }

  /** The ids of what was answered so far, in the order of the answers. */
  get answered(): ReadonlySet<Response["id"]> {
    return this.#answered;
  }

  /** What broke the protocol so far, if anything did. */
  get violation(): Finding | undefined {
    return this.#violation;
  }

  /** What came that is no answer, where go does not mind: after close was sent, or cut off by the end. */
  get noise(): Finding | undefined {
    return this.#noise;
  }

  /** Whether no answer follows: stdout has ended, or what came after close is none. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Says that a request with that id goes out: its answer is one that was asked for. */
  expect(id: Response["id"]): void {
    const answer = Promise.withResolvers<Response>();
    answer.promise.catch(() => {}); // who asks for it gets the error
    if (this.#violation !== undefined) answer.reject(this.#violation);
    this.#answers.set(id, answer);
  }

  /** Says that close goes out. */
  expectEnd(): void {
    this.#closing = true;
  }

  /** The answer to a request. It rejects with a Finding where none came, or the protocol was broken before it. */
  answer(id: Response["id"]): Promise<Response> {
    const answer = this.#answers.get(id);
    if (answer === undefined) throw new Error(`request ${id} was never sent: a mistake in the check`);
    return answer.promise;
  }

  /** Takes what came on stdout. */
  take(chunk: Uint8Array): void {
    if (this.#noise !== undefined) return;
    let responses: readonly Response[];
    let refused: DecodeError | undefined;
    try {
      responses = this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      [responses, refused] = [error.values, error];
    }
    for (const response of responses) this.#deliver(response);
    if (refused === undefined) return;
    const finding = new Finding("JSON of the protocol on stdout", refused.message);
    if (this.#closing) {
      this.#noise = finding;
      this.#over = true;
      this.#fail(finding);
    } else this.#violate(finding);
  }

  /** Says that stdout has ended, cut off or not: nothing more is taken. */
  end(): void {
    try {
      this.#decoder.end();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#noise ??= new Finding("JSON of the protocol on stdout, whole to the end", error.message);
    }
  }

  /** Fails all that is still waited for, after the end. */
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
      this.#violate(new Finding("one answer to a request", `a second one with ID ${id}`));
    } else if (answer === undefined) {
      this.#violate(new Finding("an answer to a request", `one with ID ${id}, which was not asked`));
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
