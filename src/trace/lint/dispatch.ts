import type { ResponseEvent, TraceEvent, TraceStart } from "../events.ts";
import { type Conversation, isHit, type OpenRequest } from "./conversation.ts";
import type { Judge, Rule } from "./rule.ts";

/** The functions of a rule for each kind of event. */
const functions = {
  hello: ["hello"],
  request: ["request"],
  body: ["body"],
  response: ["response", "get", "hit", "put", "close"],
  raw: ["raw"],
  end: ["end"],
  exit: ["exit"],
  signal: ["signal"],
} as const satisfies Partial<Record<TraceEvent["kind"], readonly (keyof Rule)[]>>;

/** The kinds of events that rules look at. */
export const eventKinds: readonly (keyof typeof functions)[] = [
  "hello",
  "request",
  "body",
  "response",
  "raw",
  "end",
  "exit",
  "signal",
];

/** Whether a rule has a function for a kind of event. */
export function looksAt(rule: Rule, kind: (typeof eventKinds)[number]): boolean {
  return functions[kind].some((name) => rule[name] !== undefined);
}

/** Calls the functions of a rule that an event is for. @param request the one in flight that the event belongs to */
export function dispatch(
  rule: Rule,
  judge: Judge,
  event: Exclude<TraceEvent, TraceStart>,
  conversation: Conversation,
  request: OpenRequest | undefined,
): void {
  if (event.kind === "request") rule.request?.(event, judge, conversation);
  else if (event.kind === "response") {
    rule.response?.(event, judge, conversation, request);
    if (request !== undefined) answered(rule, judge, event, conversation, request);
  } else if (event.kind === "body") {
    if (request !== undefined) rule.body?.(event, judge, conversation, request);
  } else if (event.kind === "hello") rule.hello?.(event, judge, conversation);
  else if (event.kind === "raw") rule.raw?.(event, judge, conversation);
  else if (event.kind === "end") rule.end?.(event, judge, conversation);
  else if (event.kind === "exit") rule.exit?.(event, judge, conversation);
  else if (event.kind === "signal") rule.signal?.(event, judge, conversation);
}

function answered(
  rule: Rule,
  judge: Judge,
  response: ResponseEvent,
  conversation: Conversation,
  request: OpenRequest,
): void {
  const both = { response, request };
  const { command } = request.event;
  if (command === "get") {
    rule.get?.(both, judge, conversation);
    if (isHit(response)) rule.hit?.(both, judge, conversation);
  } else if (command === "put") rule.put?.(both, judge, conversation);
  else if (command === "close") rule.close?.(both, judge, conversation);
}
