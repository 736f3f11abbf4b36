import type { Int64 } from "../wire/messages.ts";
import type { BodyEvent, RequestEvent, ResponseEvent, TraceEvent } from "./events.ts";

/** What came of a request. `lost`: it never got a response. */
export type Outcome = "hit" | "miss" | "stored" | "closed" | "error" | "lost";

/** A request with its response. */
export interface TracedRequest {
  /** Its place among the requests of the trace, from 0. */
  readonly number: number;
  /** The ID of the request, in the conversation. */
  readonly id: Int64;
  /** get, put, close, or whatever was sent. */
  readonly command: string;
  /** In hex; "" if there was none. */
  readonly action: string;
  /** The OutputID of the put or of the hit, in hex; "" if there is none. */
  readonly output: string;
  /** Of the body that was put, or of the hit, in bytes. */
  readonly size: number;
  /** The SHA-256 of a body that was put, in hex. */
  readonly sha256: string;
  /** When the request came, in microseconds since the start. */
  readonly sent: number;
  /** When its body had come; without a body, the same. */
  readonly bodySent: number;
  /** When the response came; of a lost one, the time of the last event. */
  readonly answered: number;
  /** What came of it. */
  readonly outcome: Outcome;
  /** The text of an error. */
  readonly error: string;
  /** The DiskPath; "" if there is none. */
  readonly path: string;
  /** The Time of a hit, as RFC 3339; "" if there is none. */
  readonly time: string;
}

interface Open {
  readonly number: number;
  readonly request: RequestEvent;
  body?: BodyEvent;
}

/** Joins requests and responses, in memory that depends on the number of requests in flight only. */
export class RequestJoin {
  readonly #open = new Map<Int64, Open>();
  #count = 0;
  #last = 0;

  /** Takes the next event. @returns the request that it completes */
  push(event: TraceEvent): TracedRequest | undefined {
    if (event.kind === "start") return undefined;
    this.#last = event.at;
    if (event.kind === "request") {
      // An id that is used twice makes the first one a lost request.
      const earlier = this.#open.get(event.id);
      this.#open.set(event.id, { number: this.#count++, request: event });
      return earlier && this.#lost(earlier);
    }
    if (event.kind !== "body" && event.kind !== "response") return undefined;
    const open = this.#open.get(event.id);
    if (open === undefined) return undefined;
    if (event.kind === "body") {
      open.body = event;
      return undefined;
    }
    this.#open.delete(event.id);
    return joined(open, event);
  }

  /** The requests that have no response, in the order in which they were sent. */
  lost(): TracedRequest[] {
    return [...this.#open.values()].map((open) => this.#lost(open));
  }

  #lost(open: Open): TracedRequest {
    return { ...joined(open, undefined), answered: this.#last };
  }
}

function joined({ number, request, body }: Open, response: ResponseEvent | undefined): TracedRequest {
  const { id, command, action = "", output = "", size = 0, at } = request;
  const isGet = command === "get";
  return {
    number,
    id,
    command,
    action,
    output: isGet ? (response?.output ?? "") : output,
    size: Number(isGet ? (response?.size ?? 0) : (body?.size ?? size)),
    sha256: isGet ? "" : (body?.sha256 ?? output),
    sent: at,
    bodySent: body?.at ?? at,
    answered: response?.at ?? at,
    outcome: outcomeOf(command, response),
    error: response?.error ?? "",
    path: response?.path ?? "",
    time: response?.time ?? "",
  };
}

function outcomeOf(command: string, response: ResponseEvent | undefined): Outcome {
  if (response === undefined) return "lost";
  if (response.error) return "error";
  if (command === "get") return response.miss ? "miss" : "hit";
  return command === "close" ? "closed" : "stored";
}
