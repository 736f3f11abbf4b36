import { cut } from "../../conformance/finding.ts";
import type { Requirement } from "../../conformance/requirement.ts";
import type {
  BodyEvent,
  EndEvent,
  ExitEvent,
  HelloEvent,
  RawEvent,
  RequestEvent,
  ResponseEvent,
  SignalEvent,
} from "../events.ts";
import type { Conversation, OpenRequest } from "./conversation.ts";

/** A response, and the request that it answers. */
export interface Answered {
  readonly response: ResponseEvent;
  readonly request: OpenRequest;
}

/**
 * A requirement, and how traffic shows that it's violated: data and short functions, one for each kind of event. Each
 * function sees the conversation as it was before the event.
 */
export interface Rule {
  /** The id of a check, or of a requirement for clients. */
  readonly id: Requirement["id"];
  /** What the rule looks at, such as `hit`. Without any, it doesn't apply to the trace. */
  readonly of: string;
  hello?(event: HelloEvent, judge: Judge, conversation: Conversation): void;
  request?(event: RequestEvent, judge: Judge, conversation: Conversation): void;
  body?(event: BodyEvent, judge: Judge, conversation: Conversation, request: OpenRequest): void;
  /** Any response; the request is undefined if there's none in flight with this ID. */
  response?(
    event: ResponseEvent,
    judge: Judge,
    conversation: Conversation,
    request: OpenRequest | undefined,
  ): void;
  /** A get that go takes for a hit. */
  hit?(answered: Answered, judge: Judge, conversation: Conversation): void;
  /** Any response to a get. */
  get?(answered: Answered, judge: Judge, conversation: Conversation): void;
  put?(answered: Answered, judge: Judge, conversation: Conversation): void;
  close?(answered: Answered, judge: Judge, conversation: Conversation): void;
  raw?(event: RawEvent, judge: Judge, conversation: Conversation): void;
  end?(event: EndEvent, judge: Judge, conversation: Conversation): void;
  exit?(event: ExitEvent, judge: Judge, conversation: Conversation): void;
  signal?(event: SignalEvent, judge: Judge, conversation: Conversation): void;
  /** The trace is over. */
  over?(judge: Judge, conversation: Conversation): void;
  /** A file that a response named, if the linter looks at files. */
  file?(file: NamedFile, judge: Judge): void;
}

/** A file that a response named, as it is after the recording. */
export interface NamedFile {
  readonly path: string;
  /** What the last response that named it says of it. */
  readonly command: "get" | "put";
  readonly output: string;
  readonly size: number;
  /** What is there; undefined if nothing is. */
  readonly found:
    | {
        readonly isFile: boolean;
        readonly size: number;
        readonly mode: number;
        /** In hex, or why it can't be read. */
        readonly content: { readonly sha256: string } | { readonly why: string };
      }
    | undefined;
}

/** The first violation of a rule. */
export interface Violation {
  readonly expected: string;
  readonly actual: string;
  /** The messages that show it. */
  readonly wire: readonly string[];
}

/** What is looked at now. The linter changes it with each event. */
export interface Scene {
  /** The messages of it. */
  wire: () => readonly string[];
}

/** What a rule has found. */
export class Judge {
  /** How many times the rule has looked, and how many violations there were. */
  looked = 0;
  violations = 0;
  first: Violation | undefined;
  /** Of an info: what it reports. */
  remark: string | undefined;
  /** How often something that it counts has happened. */
  counted = 0;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** @param actual what came instead of `expected` */
  require(holds: boolean, expected: string, actual: () => string): void {
    this.looked++;
    if (holds) return;
    this.violations++;
    this.first ??= { expected, actual: cut(actual()), wire: this.#scene.wire().map(cut) };
  }

  /** A violation. */
  fail(expected: string, actual: string): void {
    this.require(false, expected, () => actual);
  }

  /** Looks at something that is as it should be. */
  pass(): void {
    this.looked++;
  }

  /** Counts something for a remark. @param hasHappened whether what it reports has happened */
  count(hasHappened: boolean): void {
    this.looked++;
    if (hasHappened) this.counted++;
  }
}
