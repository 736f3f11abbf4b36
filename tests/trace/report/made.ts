import { type ActionKind, actionKinds } from "../../../src/trace/names/action-name.ts";
import type { NamedTrace } from "../../../src/trace/report/named.ts";
import type { Outcome, TracedRequest } from "../../../src/trace/requests.ts";
import type { Trace } from "../../../src/trace/trace.ts";

/*
 * Traces made by hand. An action is written as its name, such as "build|example.com/a" or "compiler|"; one without a bar has
 * no name.
 */

interface Given extends Partial<TracedRequest> {
  /** In ms, instead of `sent` and `answered`: when it was sent, and how long it took. */
  readonly at?: number;
  readonly took?: number;
}

export type MadeRequest = Omit<TracedRequest, "number" | "id">;

/** A request. Without `at`, it's sent when the one before it is answered, and takes a millisecond. */
export function request(command: string, outcome: Outcome, action: string, given: Given = {}): MadeRequest {
  const { at = Number.NaN, took = 1, ...rest } = given;
  const [sent, answered] = [at * 1000, (at + took) * 1000];
  const output = outcome === "hit" || command === "put" ? `body of ${action}` : "";
  const usual = {
    command,
    outcome,
    action,
    output,
    sent,
    bodySent: sent,
    answered,
    error: "",
    path: outcome === "hit" || outcome === "stored" ? "/store/body" : "",
    time: "",
  };
  return { ...usual, sha256: command === "put" ? (rest.output ?? output) : "", size: 0, ...rest };
}

export function hit(action: string, given?: Given): MadeRequest {
  return request("get", "hit", action, given);
}

export function miss(action: string, given?: Given): MadeRequest {
  return request("get", "miss", action, given);
}

export function put(action: string, given?: Given): MadeRequest {
  return request("put", "stored", action, given);
}

export function close(given?: Given): MadeRequest {
  return request("close", "closed", "", given);
}

/** A trace of these requests that ends well with the last response, with the names that its actions say. */
export function made(given: readonly MadeRequest[], trace: Partial<Trace> = {}): NamedTrace {
  let last = 0;
  const requests = given.map((one, number) => {
    const shift = Number.isNaN(one.sent) ? last : undefined;
    const took = 1000;
    const [sent, answered] = shift === undefined ? [one.sent, one.answered] : [shift, shift + took];
    last = Math.max(last, answered);
    return { ...one, number, id: number + 1, sent, bodySent: sent, answered };
  });
  const hello = { kind: "hello", at: 0, commands: ["get", "put", "close"] } as const;
  const whole: Trace = {
    name: "build.jsonl",
    start: start(["my-cacheprog", "--dir", "/c"]),
    hello,
    requests,
    graph: undefined,
    heads: new Map(),
    others: [
      { kind: "end", at: last, of: "stdin" },
      { kind: "exit", at: last, code: 0 },
    ],
    end: last,
    ...trace,
  };
  return { trace: whole, names };
}

export function start(program: readonly string[]): Trace["start"] {
  const go = { pid: 7, command: ["go", "build", "./..."], directory: "/work/m", version: "go1.26.8" };
  const host = { platform: "linux", arch: "x64", processors: 2, memory: 2 ** 32 };
  const time = "2026-11-26T10:00:00.000000Z";
  return { kind: "start", version: 1, time, recorder: "cacheprogw 0.1.0", program, go, host };
}

export const names: NamedTrace["names"] = {
  of(action) {
    const [kind = "", name] = action.split("|");
    return isKind(kind) && name !== undefined ? { kind, package: name } : undefined;
  },
};

function isKind(word: string): word is ActionKind {
  return Object.hasOwn(actionKinds, word);
}
