import type { RawEvent } from "../../events.ts";
import type { Conversation } from "../conversation.ts";
import type { Judge, Rule } from "../rule.ts";

/** How long a request may be without a response when go ends, in µs: after that, go has hung. */
const patience = 30_000_000;
/** How long a program without requests is idle, in µs. */
const idle = 30_000_000;
const usual: readonly string[] = ["get", "put", "close"];

/** The program's responses: that each request gets one, to which request it belongs, and that go can read it. */
export const answersRules: readonly Rule[] = [
  {
    id: "framing/unknown-command",
    of: "request with another command",
    response({ error }, judge, _conversation, request) {
      const { command } = request?.event ?? { command: "get" };
      if (!usual.includes(command))
        judge.require(!!error, `Err in the response to ${JSON.stringify(command)}`, () => "none");
    },
  },
  {
    id: "answers/once",
    of: "request",
    response({ id }, judge, { ids }, request) {
      if (request !== undefined) judge.pass();
      else if (ids.has(id)) judge.fail("one response to each request", `a second one to request ${id}`);
    },
    end({ of, at }, judge, conversation) {
      if (conversation.isBlurred) return;
      if (of === "stdout" && conversation.stdinEnded === undefined) requireNone(judge, conversation);
      else if (of === "stdin") requireNone(judge, conversation, at - patience);
    },
    signal({ at }, judge, conversation) {
      if (!conversation.isBlurred && conversation.stdinEnded === undefined)
        requireNone(judge, conversation, at - patience);
    },
  },
  {
    id: "answers/id",
    of: "response",
    response({ id }, judge, { ids, hello }) {
      if (hello !== undefined && id !== 0)
        judge.require(ids.has(id), "the ID of a request", () => `ID ${id}, which no request had`);
    },
  },
  {
    id: "answers/nothing-else",
    of: "message",
    response: (_event, judge) => judge.pass(),
    raw(event, judge, { hello, closeSent }) {
      if (event.from !== "program" || hello === undefined || closeSent !== undefined || isObject(event))
        return;
      judge.fail("nothing but responses on stdout", excerpt(event));
    },
  },
  {
    id: "answers/values",
    of: "response",
    response: (_event, judge) => judge.pass(),
    raw(event, judge, { hello, closeSent }) {
      if (event.from !== "program" || hello === undefined || closeSent !== undefined || !isObject(event))
        return;
      judge.fail("fields that go can read", `${event.why}: ${excerpt(event)}`);
    },
  },
  {
    id: "concurrency/order",
    of: "response",
    response({ id }, judge, { open }, request) {
      if (request === undefined) return;
      const [first] = open.keys();
      judge.count(first !== id);
    },
    over(judge) {
      judge.remark = `${judge.counted} of ${judge.looked} responses came before that of an earlier request`;
    },
  },
  {
    id: "concurrency/behind-a-put",
    of: "get that was sent while a put was in flight",
    get({ request }, judge, { open }) {
      const puts = [...open.values()].filter(({ event }) => event.command === "put");
      // Those that were sent before it; some may have been answered meanwhile.
      if (puts.some(({ number }) => number < request.number)) judge.count(true);
    },
    put({ request }, judge, { open }) {
      for (const { event, number } of open.values())
        if (event.command === "get" && number > request.number) judge.count(false);
    },
    over(judge) {
      judge.remark = `${judge.counted} times a get was answered before an earlier put, ${judge.looked - judge.counted} times after it`;
    },
  },
  {
    id: "environment/idle",
    of: "pause of half a minute",
    request({ at }, judge, { lastMessage, hello }) {
      if (hello !== undefined && at - (lastMessage || hello.at) >= idle) judge.pass();
    },
    end({ of, at }, judge, { lastMessage, hello, stdinEnded, closeSent, isBlurred, open }) {
      const isEarly = of === "stdout" && stdinEnded === undefined && closeSent === undefined && !isBlurred;
      const since = hello && at - (lastMessage || hello.at);
      if (isEarly && open.size === 0 && since !== undefined && since >= idle)
        judge.fail(
          "a program that keeps running",
          `it ended after ${Math.round(since / 1e6)} s without a request`,
        );
    },
  },
];

/** @param before only requests that were sent by then, in µs */
function requireNone(judge: Judge, { open, last }: Conversation, before = last): void {
  for (const { event } of open.values()) {
    if (event.command !== "close" && event.at <= before)
      judge.fail(`a response to request ${event.id}`, "none");
  }
}

/** Whether bytes from the program begin with a JSON object on a line, so its fields are what go refuses. */
export function isObject({ bytes }: RawEvent): boolean {
  const [line = ""] = text(bytes).split("\n", 1);
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The beginning of the bytes. */
export function excerpt({ bytes, length }: RawEvent): string {
  const shown = JSON.stringify(text(bytes).slice(0, 120));
  return length > 120 ? `${shown}… (${length} bytes)` : shown;
}

function text(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}
