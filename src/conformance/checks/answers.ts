import { fieldNames } from "../../wire/json/field-name.ts";
import { doubledName, type Line, lines } from "../conversation/answer-form.ts";
import type { CheckContext } from "../conversation/context.ts";
import { newAction, newActions, newBody } from "../conversation/new-entry.ts";
import { answers, assumePut, get, sendGet, sendGets } from "../conversation/requests.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, Response";
const many = 300_000;
const readLoop = "cmd/go/internal/cache/prog.go, readLoop";

/** The program's responses: that each request gets one, to which request it belongs, and its form. */
export const answersChecks: readonly Check[] = [
  {
    id: "answers/once",
    level: "must",
    requirement: "Each request gets exactly one response.",
    source: readLoop,
    quote: documented.replies,
    go: {
      outcome: "hang",
      text: 'go build would wait forever for a missing response, and fail at a second one with "unknown request ID"',
    },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      await answers(peer, sendGets(peer, newActions(100)));
      // A second response to one of them would arrive before the response to a later get.
      for (let i = 0; i < 5; i++) await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "answers/300000",
    level: "should",
    requirement: "One process can answer 300,000 gets.",
    source:
      "a build of a large repository sends that many; a program that leaks file descriptors or locks fails before",
    go: {
      outcome: "hang",
      text: "go build would fail or hang in a large repository",
    },
    needs: ["get"],
    slow: true,
    deadline: 120_000,
    async run(context) {
      const peer = await context.start();
      const started = performance.now();
      for (let asked = 0; asked < many; asked += 1_000)
        await answers(peer, sendGets(peer, newActions(1_000)));
      const took = performance.now() - started;
      return `${Math.round(many / took)} gets per ms`;
    },
  },
  {
    id: "answers/id",
    level: "must",
    requirement: "The response repeats the request's ID exactly, whatever its size; tested up to 2^53 - 1.",
    source: "cmd/go/internal/cacheprog, Request.ID: it must be echoed",
    quote: documented.echoesID,
    go: { outcome: "fatal", text: 'go build would fail with "unknown request ID" after that many requests' },
    needs: ["get"],
    run: (context) => sendIDs(context, [2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]),
  },
  {
    id: "answers/id-of-64-bits",
    level: "should",
    requirement: "The response repeats the request's ID exactly beyond 2^53, too: an ID is a 64-bit integer.",
    source: "cmd/go/internal/cacheprog, Request.ID is an int64",
    go: { outcome: "nothing", text: "go counts from 1, and never gets that far" },
    needs: ["get"],
    run: (context) => sendIDs(context, [2, 2n ** 53n + 1n, 2n ** 63n - 1n]),
  },
  {
    id: "answers/id-order",
    level: "must",
    requirement: "The program accepts request IDs in any order.",
    source:
      "cmd/go/internal/cache/prog.go, writeToChild: a request takes its ID before it takes the lock to write",
    confirmedBy: "ids-in-order",
    go: {
      outcome: "hang",
      text: "go build would now and then rebuild what was refused, or wait forever for a dropped request: its IDs aren't always in order",
    },
    needs: ["get"],
    run: (context) => sendIDs(context, [5, 3, 9, 4]),
  },
  {
    id: "answers/nothing-else",
    level: "must",
    requirement: "The program writes nothing but responses to stdout; logs go to stderr.",
    source: readLoop,
    quote: documented.onlyReplies,
    go: { outcome: "fatal", text: 'go build would fail with "error reading JSON from GOCACHEPROG"' },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const actionID = await talk(peer);
      await assumePut(peer, actionID, newBody(5_000));
      await get(peer, actionID);
      if (peer.violation !== undefined) throw peer.violation;
      return undefined;
    },
  },
  {
    id: "answers/values",
    level: "must",
    requirement:
      "Numbers are JSON integers, Miss is a boolean, and OutputID is base64 in the standard alphabet with padding.",
    source: "encoding/json into cmd/go/internal/cacheprog, Response",
    confirmedBy: "size-as-text",
    go: { outcome: "fatal", text: 'go build would fail with "error reading JSON from GOCACHEPROG"' },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      // The SHA-256 of an empty body has + and / in base64. Some encoders write numbers beyond a million with an exponent.
      for (const body of [new Uint8Array(), newBody(2_000_000)]) {
        const actionID = newAction();
        await assumePut(program.peer, actionID, body);
        await program.assumeHit(actionID);
      }
      await answers(program.peer, sendGets(program.peer, newActions(105)));
      return undefined;
    },
  },
  {
    id: "answers/lines",
    level: "should",
    requirement: "Each response is on a line of its own.",
    source:
      "clients that read lines need it; encoding/json's Encoder writes lines, its Decoder doesn't need them",
    go: { outcome: "nothing", text: "go accepts a response as soon as its last byte arrives" },
    needs: ["get", "put"],
    async run(context) {
      const line = (await formOf(context)).find(({ problem }) => problem !== undefined);
      if (line?.problem === undefined) return undefined;
      throw new Finding("each response on a line of its own", `${line.problem}: ${excerpt(line.text)}`);
    },
  },
  {
    id: "answers/names",
    level: "should",
    requirement: "The fields of a response are spelled exactly as documented, and none appears twice.",
    source: `${documentation}; encoding/json ignores case, and uses the last of two fields`,
    go: { outcome: "nothing", text: "go ignores case and repeated fields; other clients don't" },
    needs: ["get", "put"],
    async run(context) {
      for (const { names, text, problem } of await formOf(context)) {
        if (problem !== undefined) continue; // answers/lines reports it; these names may belong to several responses
        const twice = doubledName(names);
        require(twice === undefined, "each field once", () => `${twice} twice: ${excerpt(text)}`);
        for (const name of names) {
          const meant = fieldNames.find((known) => known.toLowerCase() === name.toLowerCase());
          require(meant === undefined || meant === name, `the name ${meant}`, () =>
            `${name}: ${excerpt(text)}`);
        }
      }
      return undefined;
    },
  },
];

async function sendIDs(context: CheckContext, ids: readonly (number | bigint)[]): Promise<undefined> {
  const peer = await context.start();
  const first = await get(peer, newAction());
  if (first.err !== "") throw new CouldNotRun(`the response to a get has Err ${JSON.stringify(first.err)}`);
  for (const id of ids) {
    const { err } = await peer.answer(peer.send({ id, command: "get", actionID: newAction() }));
    require(err === "", `a response without Err to request ${id}`, () => `Err ${JSON.stringify(err)}`);
  }
  return undefined;
}

/** Sends gets that miss, puts, and gets that hit. @returns the action of one of the puts */
async function talk(peer: Peer): Promise<Uint8Array> {
  const [first, second] = [newAction(), newAction()];
  await answers(peer, [sendGet(peer), sendGet(peer)]);
  await assumePut(peer, first, newBody(300));
  await assumePut(peer, second, newBody(5_000));
  await answers(peer, [sendGet(peer, first), sendGet(peer, second), sendGet(peer)]);
  return first;
}

async function formOf(context: CheckContext): Promise<readonly Line[]> {
  const peer = await context.start();
  await talk(peer);
  return lines(peer.output);
}

function excerpt(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
