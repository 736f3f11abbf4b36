/*
 * This folder is the program under test as checks see it. Peer sends requests and waits for responses, PeerProcess is the
 * process and its pipes, RequestsOut writes its stdin, and the transcript keeps the last messages.
 */
import { bodyText } from "../../wire/body.ts";
import { DecodeError, ResponseDecoder } from "../../wire/decode.ts";
import type { Request, Response } from "../../wire/messages.ts";
import { Finding } from "../finding.ts";
import type { Dialect } from "./dialect.ts";
import { PeerProcess, type PeerProcessOptions, waiting } from "./peer-process.ts";

/** The longest response that is accepted, in bytes. */
const longestAnswer = 1024 * 1024;

export interface PeerOptions extends PeerProcessOptions {
  readonly dialect: Dialect;
}

/** A request; without an id, it gets the next one. */
type Sent = Omit<Request, "id"> & Partial<Pick<Request, "id">>;

/**
 * A running program under test. Talks to it as the client of a dialect would, but can also send any bytes in any pieces
 * with any id, and keeps its output. Expects a hello and one response per request; a violation of the protocol rejects
 * every pending wait and every later one.
 */
export class Peer extends PeerProcess {
  readonly #options: PeerOptions;
  readonly #decoder = new ResponseDecoder({ maxBytes: longestAnswer });
  readonly #hello = waiting<Response>();
  /** By the id of the request. */
  readonly #answers = new Map<Response["id"], PromiseWithResolvers<Response>>();
  readonly #answered = new Set<Response["id"]>();
  #nextID = 1;
  #commands: ReadonlySet<string> | undefined;
  /** Close was sent: from now on, go treats output that is not a response as the end of stdout. */
  #closing = false;
  #violation: Finding | undefined;
  #noise: Finding | undefined;
  /** No response can follow: stdout has ended, or something else came after close. */
  #over = false;
  /** Resolves when stdout has ended. */
  readonly outputEnded: Promise<void>;

  constructor(options: PeerOptions) {
    super(options);
    this.#options = options;
    this.outputEnded = this.#readAnswers();
  }

  get dialect(): Dialect {
    return this.#options.dialect;
  }

  /** The commands that the hello declares; empty before it arrives. */
  get commands(): ReadonlySet<string> {
    return this.#commands ?? new Set();
  }

  /** The hello. @throws {Finding} if none arrives, or something else does */
  hello(): Promise<Response> {
    return this.waitFor("a hello", this.#hello.promise);
  }

  /** The id of the next request. */
  get nextID(): number {
    return this.#nextID;
  }

  /** Sends a request with its body, in the bytes of the dialect. @returns its id; see {@link answer} */
  send(request: Sent, body?: Uint8Array): Response["id"] {
    const { id, bytes } = this.#encode(request);
    void this.write(bytes);
    if (body !== undefined && body.length > 0) void this.writeBody(body);
    return id;
  }

  /** The bytes of a request and its body, to be sent with {@link write}. Its response is expected from now on. */
  prepare(request: Omit<Request, "id">, body?: Uint8Array): { id: Response["id"]; bytes: Uint8Array } {
    const { id, bytes: head } = this.#encode(request);
    if (body === undefined || body.length === 0) return { id, bytes: head };
    return { id, bytes: Buffer.concat([head, new TextEncoder().encode(bodyText(body))]) };
  }

  /** The bytes of a request. Its response is expected from now on. */
  #encode(request: Sent): { id: Response["id"]; bytes: Uint8Array } {
    const id = request.id ?? this.#nextID++;
    this.expect(id);
    if (request.command === "close") this.#closing = true;
    return { id, bytes: this.dialect.encode({ ...request, id }) };
  }

  /** Registers a request that is sent as raw bytes: a response with its id is expected from now on. */
  expect(id: Response["id"]): void {
    const answer = waiting<Response>();
    if (this.#violation !== undefined) answer.reject(this.#violation);
    this.#answers.set(id, answer);
  }

  /** The response to a request. @throws {Finding} if none arrives, or the program violates the protocol first */
  async answer(id: Response["id"]): Promise<Response> {
    const answer = this.#answers.get(id);
    if (answer === undefined) throw new Error(`request ${id} was never sent: a bug in the check`);
    try {
      return await this.waitFor(`a response to request ${id}`, answer.promise);
    } catch (error) {
      if (error instanceof Finding)
        error.kind ??= error.late ? "silent" : error === this.#violation ? "broken" : "ended";
      throw error;
    }
  }

  /** The response to close; undefined if the program ended stdout instead and may do so. @throws {Finding} otherwise */
  async closed(id: Response["id"]): Promise<Response | undefined> {
    try {
      return await this.answer(id);
    } catch (error) {
      const unanswered = this.#over && this.#violation === undefined;
      if (unanswered && this.dialect.closeMayGoUnanswered) return undefined;
      throw error;
    }
  }

  /** The ids of the requests answered so far, in the order of their responses. */
  get answered(): readonly Response["id"][] {
    return [...this.#answered];
  }

  /** Whether the response to a request has arrived. */
  hasAnswered(id: Response["id"]): boolean {
    return this.#answered.has(id);
  }

  /** Waits for the end of stdout. @throws {Finding} if it doesn't come, or the program violated the protocol first */
  async ended(): Promise<void> {
    await this.waitFor("the end of stdout", this.outputEnded);
    if (this.#violation !== undefined) throw this.#violation;
  }

  /** The first violation of the protocol, if there was one. */
  get violation(): Finding | undefined {
    return this.#violation;
  }

  /** Output that is not a response, where go doesn't mind: after close was sent, or cut off by the end of stdout. */
  get noise(): Finding | undefined {
    return this.#noise;
  }

  async #readAnswers(): Promise<void> {
    await this.read((chunk) => {
      if (this.#noise === undefined) this.#take(chunk);
      return this.#violation === undefined;
    });
    const cutOff = refusal(() => this.#decoder.end());
    if (cutOff !== undefined)
      this.#noise ??= new Finding("complete responses as JSON on stdout", cutOff.message);
    // Checks throw these directly.
    for (const finding of [this.#violation, this.#noise])
      if (finding !== undefined) finding.process = this.number;
    const end = await this.outputEnd();
    this.#over = true;
    this.#fail(end);
  }

  /** Delivers the responses that end in a chunk of stdout. */
  #take(chunk: Uint8Array): void {
    const refused = refusal(() => this.#decoder.push(chunk, (response) => this.#deliver(response)));
    if (refused === undefined) return;
    const finding = new Finding("only responses as JSON on stdout", refused.message);
    finding.kind = "noise";
    if (this.#closing) {
      this.#noise = finding;
      this.#over = true;
      this.#fail(finding);
    } else this.#violate(finding);
  }

  #deliver(response: Response): void {
    const { id } = response;
    const answer = this.#answers.get(id);
    if (this.#commands === undefined) {
      this.#options.onLife();
      this.#commands = new Set(response.knownCommands);
      this.#hello.resolve(response);
    } else if (this.#answered.has(id)) {
      this.#violate(new Finding("one response per request", `a second response with ID ${id}`));
    } else if (answer === undefined) {
      this.#violate(new Finding("a response to a request", `a response with ID ${id}, which no request has`));
    } else {
      this.#answered.add(id);
      this.#options.onLife();
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

/** The error of a decoder that refuses its input. */
function refusal(decode: () => void): DecodeError | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}
