import type { Requirement } from "../../../conformance/requirement.ts";
import type { RequestEvent } from "../../events.ts";
import type { Rule } from "../rule.ts";
import { excerpt } from "./answers.ts";

/*
 * What the client sends: go, or another program that speaks its side of the protocol. The suite has no checks for it, so
 * these requirements have ids of their own.
 */

const writer = "cmd/go/internal/cache/prog.go, writeToChild";
const sender = "cmd/go/internal/cache/prog.go, send";
const putter = "cmd/go/internal/cache/prog.go, Put";
const request = "cmd/go/internal/cacheprog, Request";
const go = (outcome: Requirement["go"]["outcome"], text: string): Requirement["go"] => ({ outcome, text });

/** What clients must do, in the order of reports. */
export const clientRequirements: readonly Requirement[] = [
  {
    id: "client/after-hello",
    level: "must",
    requirement: "The client waits for the hello, and then sends only commands that it lists.",
    source: "cmd/go/internal/cache/prog.go, startCacheProg and Get",
    go: go("nothing", "go never does it; a program may refuse the request"),
    needs: [],
  },
  {
    id: "client/ids",
    level: "must",
    requirement: "Each request has an ID of its own: 1, 2, 3 and so on, though not always in that order.",
    source: `${writer}: nextID`,
    go: go("hang", "a client would wait forever for one of two responses with the same ID"),
    needs: [],
  },
  {
    id: "client/action-id",
    level: "must",
    requirement: "A get and a put have an ActionID of 32 bytes; close has none.",
    source: `${request}.ActionID`,
    go: go("wrong result", "go never sends another; a program may mix up entries"),
    needs: [],
  },
  {
    id: "client/output-id",
    level: "must",
    requirement: "The OutputID of a put is the SHA-256 of its body: 32 bytes.",
    source: putter,
    go: go(
      "rebuilds",
      "a program that verifies bodies would refuse it, and one that doesn't would store a wrong entry",
    ),
    needs: [],
  },
  {
    id: "client/body-size",
    level: "must",
    requirement: "The body of a put has as many bytes as BodySize says.",
    source: `${request}.BodySize`,
    go: go("wrong result", "a program may store half a body, or lose its place in stdin"),
    needs: [],
  },
  {
    id: "client/whole-bodies",
    level: "must",
    requirement: "A body follows its put at once, and whole: the next request comes after it.",
    source: `${writer}: it holds a lock until the body is written`,
    go: go("wrong result", "a program would take the next request for a part of the body"),
    needs: [],
  },
  {
    id: "client/messages",
    level: "must",
    requirement: "The client writes nothing but requests and bodies to stdin.",
    source: writer,
    go: go("fatal", "a program may exit, and go build would fail with it"),
    needs: [],
  },
  {
    id: "client/close-last",
    level: "should",
    requirement: "Close is sent when each other request has its response, and nothing is sent after it.",
    source: "cmd/go/internal/cache/prog.go, Close; Builder.Do calls it when all actions are done",
    go: go("rebuilds", "a program may end before it has stored the rest"),
    needs: [],
  },
  {
    id: "client/id-order",
    level: "info",
    requirement: "Requests may be sent in another order than that of their IDs.",
    source: `${sender}: a request takes its ID before it takes the lock to write`,
    go: go("nothing", "go does it now and then"),
    needs: [],
  },
];

const commands: readonly string[] = ["get", "put", "close"];

export const clientRules: readonly Rule[] = [
  {
    id: "client/after-hello",
    of: "request",
    request({ command }, judge, { hello }) {
      judge.require(hello !== undefined, "requests after the hello", () => `${command} before it`);
      const declared = hello?.commands ?? commands;
      judge.require(declared.includes(command), `one of ${declared.join(", ")}`, () => command);
    },
  },
  {
    id: "client/ids",
    of: "request",
    request({ id }, judge, { ids }) {
      judge.require(id > 0, "an ID of at least 1", () => `ID ${id}`);
      judge.require(!ids.has(id), "an ID of its own", () => `ID ${id} once more`);
    },
    over(judge, { ids, requests, open, signal }) {
      // A go that was interrupted may have taken an ID and not sent it.
      if (ids.upTo < requests && open.size === 0 && signal === undefined && judge.violations === 0)
        judge.fail(`IDs from 1 to ${requests}`, `none is ${ids.upTo + 1}`);
    },
  },
  {
    id: "client/action-id",
    of: "request",
    request({ command, action = "" }, judge) {
      const length = command === "close" ? 0 : 64;
      if (commands.includes(command))
        judge.require(
          action.length === length,
          `an ActionID of ${length / 2} bytes`,
          () => `${action.length / 2} bytes`,
        );
    },
  },
  {
    id: "client/output-id",
    of: "put",
    request({ command, output = "", size = 0 }, judge) {
      if (command !== "put") return;
      judge.require(output.length === 64, "an OutputID of 32 bytes", () => `${output.length / 2} bytes`);
      if (size === 0 && output.length === 64) judge.require(output === nothing, nothing, () => output);
    },
    body({ sha256 }, judge, _conversation, { event }) {
      judge.require(sha256 === undefined, `a body with the SHA-256 ${event.output}`, () => String(sha256));
    },
  },
  {
    id: "client/body-size",
    of: "body",
    body({ size }, judge, _conversation, { event }) {
      judge.require(size === undefined, `a body of ${event.size} bytes`, () => `${size} bytes`);
    },
  },
  {
    id: "client/whole-bodies",
    of: "body",
    body: (_event, judge) => judge.pass(),
    request(_event, judge, { unfinished }) {
      if (unfinished !== undefined) judge.fail(`the body of put ${unfinished.id}`, "another request");
    },
    end({ of }, judge, { unfinished, signal }) {
      if (of === "stdin" && unfinished !== undefined && signal === undefined)
        judge.fail(`the body of put ${unfinished.id}`, "the end of stdin");
    },
  },
  {
    id: "client/messages",
    of: "request",
    request: (_event, judge) => judge.pass(),
    raw(event, judge, { signal }) {
      if (event.from === "go" && signal === undefined)
        judge.fail("a request or a body", `${event.why}: ${excerpt(event)}`);
    },
  },
  {
    id: "client/close-last",
    of: "close",
    request(event, judge, { closeSent, open }) {
      if (closeSent !== undefined) judge.fail("nothing after close", shown(event));
      else if (event.command === "close")
        judge.require(open.size === 0, "responses to all earlier requests", () => `${open.size} without one`);
    },
  },
  {
    id: "client/id-order",
    of: "request",
    request({ id }, judge, { highest }) {
      judge.count(id < highest);
    },
    over(judge) {
      judge.remark = `${judge.counted} of ${judge.looked} requests came after one with a higher ID`;
    },
  },
];

/** The SHA-256 of nothing. */
const nothing = new Bun.CryptoHasher("sha256").digest("hex");

function shown({ command, id }: RequestEvent): string {
  return `${command} ${id}`;
}
