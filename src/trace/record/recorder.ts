import { RequestDecoder } from "../../server/request-decoder.ts";
import { ResponseDecoder } from "../../wire/decode.ts";
import type { Int64, Request, Response } from "../../wire/messages.ts";
import type { RequestEvent, TraceEvent } from "../events.ts";
import { MessageLines } from "./message-lines.ts";
import { readUsualRequests, readUsualResponses } from "./usual-messages.ts";

/** Gets the bodies of puts as they pass. None of its methods may throw. */
export interface BodySink {
  /** A body begins. */
  begin(): void;
  /** Its next bytes, valid during the call. */
  write(bytes: Uint8Array): void;
  /** The last byte has come. @param sha256 of what was written, in hex */
  end(sha256: string): void;
}

/** A put whose body hasn't ended. */
interface OpenBody {
  readonly id: Int64;
  /** The OutputID, in hex. */
  readonly output: string | undefined;
  readonly size: number;
  readonly hasher: Bun.CryptoHasher;
  length: number;
}

/**
 * The bytes between go and a cache program as events, whatever the chunks they come in: no IO, and memory that depends on
 * neither the number of requests nor the size of bodies. What go or the program would refuse becomes raw events, and so
 * does all that follows it.
 *
 * `at` is the time of an event: microseconds since the start of the trace. It must not go back.
 */
export class Recorder {
  readonly #onEvent: (event: TraceEvent) => void;
  readonly #bodies: BodySink | undefined;
  readonly #requests = new RequestDecoder();
  readonly #responses = new ResponseDecoder();
  readonly #fromGo: MessageLines;
  readonly #fromProgram: MessageLines;
  #body: OpenBody | undefined;
  /** Whether the program's first message has come, which is its hello. */
  #isGreeted = false;
  /** Memory for the bytes of bodies. */
  readonly #target = new Uint8Array(48 * 1024 + 6);

  /**
   * @param onEvent must not throw
   * @param bodies gets the bodies of puts
   */
  constructor(onEvent: (event: TraceEvent) => void, bodies?: BodySink) {
    this.#onEvent = onEvent;
    this.#bodies = bodies;
    this.#fromGo = new MessageLines("go", onEvent);
    this.#fromProgram = new MessageLines("program", onEvent);
  }

  /** Bytes that go writes to the program's stdin. They aren't kept. */
  fromGo(bytes: Uint8Array, at: number): void {
    const isBetween = this.#body === undefined && this.#fromGo.isBetween;
    const read = isBetween ? readUsualRequests(bytes, at, this.#onEvent) : 0;
    if (read < bytes.length)
      this.#fromGo.take(bytes.subarray(read), at, (line) => this.#readRequests(line, at));
  }

  /** Bytes that the program writes to its stdout. They aren't kept. */
  fromProgram(bytes: Uint8Array, at: number): void {
    const isBetween = this.#isGreeted && this.#fromProgram.isBetween;
    const read = isBetween ? readUsualResponses(bytes, at, this.#onEvent) : 0;
    if (read === bytes.length) return;
    this.#fromProgram.take(bytes.subarray(read), at, (line) =>
      this.#responses.push(line, (response) => this.#onResponse(response, at)),
    );
  }

  /** go has closed the program's stdin. */
  goEnded(at: number): void {
    this.#fromGo.end(at, () => this.#requests.end());
    this.#onEvent({ kind: "end", at, of: "stdin" });
  }

  /** The program has closed its stdout. */
  programEnded(at: number): void {
    this.#fromProgram.end(at, () => this.#responses.end());
    this.#onEvent({ kind: "end", at, of: "stdout" });
  }

  #readRequests(bytes: Uint8Array, at: number): void {
    this.#requests.push(bytes);
    for (
      let event = this.#requests.next(this.#target);
      event !== null;
      event = this.#requests.next(this.#target)
    ) {
      if (event.kind === "request") this.#onRequest(event.request, at);
      else if (event.kind === "body") this.#onBody(event.bytes);
      else this.#onBodyEnd(event.problem?.message, at);
    }
  }

  #onRequest({ id, command, actionID, outputID, bodySize = 0 }: Request, at: number): void {
    const output = outputID?.toHex();
    const event: RequestEvent = {
      kind: "request",
      at,
      id,
      command,
      ...(actionID && { action: actionID.toHex() }),
      ...(output !== undefined && { output }),
      ...(bodySize > 0 && { size: bodySize }),
    };
    this.#onEvent(event);
    if (bodySize === 0) return;
    this.#body = { id, output, size: bodySize, hasher: new Bun.CryptoHasher("sha256"), length: 0 };
    this.#bodies?.begin();
  }

  #onBody(bytes: Uint8Array): void {
    if (this.#body === undefined) return;
    this.#body.hasher.update(bytes);
    this.#body.length += bytes.length;
    this.#bodies?.write(bytes);
  }

  #onBodyEnd(problem: string | undefined, at: number): void {
    const body = this.#body;
    if (body === undefined) return;
    this.#body = undefined;
    const { id, output, size, hasher, length } = body;
    const sha256 = hasher.digest("hex");
    this.#bodies?.end(sha256);
    this.#onEvent({
      kind: "body",
      at,
      id,
      ...(sha256 !== output && { sha256 }),
      ...(length !== size && { size: length }),
    });
    if (problem !== undefined)
      this.#onEvent({ kind: "raw", at, from: "go", bytes: "", length: 0, why: problem });
  }

  #onResponse(response: Response, at: number): void {
    const { id, err, knownCommands, miss, outputID, size, time, diskPath } = response;
    const isFirst = !this.#isGreeted;
    this.#isGreeted = true;
    if (id === 0 && (isFirst || knownCommands.length > 0)) {
      this.#onEvent({ kind: "hello", at, commands: knownCommands });
      return;
    }
    this.#onEvent({
      kind: "response",
      at,
      id,
      ...(miss && { miss }),
      ...(err !== "" && { error: err }),
      ...(outputID.length > 0 && { output: outputID.toHex() }),
      ...(size !== 0 && size !== 0n && { size }),
      ...(time && { time: time.toString() }),
      ...(diskPath !== "" && { path: diskPath }),
    });
  }
}
