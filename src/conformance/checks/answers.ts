import type { Check } from "../check.ts";
import { doubledName, knownNames, type Line, lines } from "../conversation/answer-form.ts";
import { answers, assumePut, get, sendGet, sendGets } from "../conversation/calls.ts";
import type { CheckContext } from "../conversation/context.ts";
import { newAction, newActions, newBody } from "../conversation/entry.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, Response";
const many = 300_000;
const readLoop = "cmd/go/internal/cache/prog.go, readLoop";

/** What the program writes: to whom each answer is, that there is one, and its form. */
export const answersChecks: readonly Check[] = [
  {
    id: "answers/once",
    level: "must",
    requirement: "Each request is answered, and only once.",
    source: readLoop,
    quote: documented.replies,
    go: {
      outcome: "hang",
      text: "go build would wait for ever for an answer that is missing, and stop at a second one with: unknown request ID",
    },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      await answers(peer, sendGets(peer, newActions(100)));
      // A second answer to one of them would be there before the answer to what was asked after it.
      for (let i = 0; i < 5; i++) await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "answers/300000",
    level: "should",
    requirement: "A process answers 300,000 gets.",
    source: "a build of a large repository asks that often; what leaks a file or a lock ends before",
    go: {
      outcome: "hang",
      text: "go build would stop or hang after so many requests, in a large repository",
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
      return `${Math.round(many / took)} a millisecond`;
    },
  },
  {
    id: "answers/id",
    level: "must",
    requirement: "The ID of a request is repeated exactly, whatever its size: up to 2^53 - 1 here.",
    source: "cmd/go/internal/cacheprog, Request.ID: it must be echoed",
    quote: documented.echoesID,
    go: { outcome: "fatal", text: "go build would stop with: unknown request ID, after that many requests" },
    needs: ["get"],
    run: (context) => sendIDs(context, [2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]),
  },
  {
    id: "answers/id-of-64-bits",
    level: "should",
    requirement: "The ID of a request is repeated exactly, also beyond 2^53: it is an integer of 64 bits.",
    source: "cmd/go/internal/cacheprog, Request.ID is an int64",
    go: { outcome: "nothing", text: "go counts from 1, and never comes so far" },
    needs: ["get"],
    run: (context) => sendIDs(context, [2, 2n ** 53n + 1n, 2n ** 63n - 1n]),
  },
  {
    id: "answers/id-order",
    level: "must",
    requirement: "Requests may come with their IDs in any order.",
    source: "cmd/go/internal/cache/prog.go, writeToChild: the ID is taken before the turn to write is",
    confirmedBy: "ids-in-order",
    go: {
      outcome: "hang",
      text: "go build would build again what is refused, or wait for ever for what is dropped, now and then: its IDs are not always in order",
    },
    needs: ["get"],
    run: (context) => sendIDs(context, [5, 3, 9, 4]),
  },
  {
    id: "answers/nothing-else",
    level: "must",
    requirement: "Nothing but answers comes on stdout; logs go to stderr.",
    source: readLoop,
    quote: documented.onlyReplies,
    go: { outcome: "fatal", text: "go build would stop with: error reading JSON from GOCACHEPROG" },
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
      "Numbers are JSON integers, Miss is true or false, OutputID is base64 in the standard alphabet with padding.",
    source: "encoding/json into cmd/go/internal/cacheprog, Response",
    confirmedBy: "size-as-text",
    go: { outcome: "fatal", text: "go build would stop with: error reading JSON from GOCACHEPROG" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      // The SHA-256 of nothing has + and / in base64; numbers beyond a million are written with exponents by some.
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
    requirement: "Each answer is a line of its own.",
    source:
      "a client that reads lines needs it; encoding/json's Encoder writes so, and its Decoder does not mind",
    go: { outcome: "nothing", text: "go takes an answer as soon as its last byte is there" },
    needs: ["get", "put"],
    async run(context) {
      const line = (await formOf(context)).find(({ problem }) => problem !== undefined);
      if (line?.problem === undefined) return undefined;
      throw new Finding("each answer on a line of its own", `${line.problem}: ${excerpt(line.text)}`);
    },
  },
  {
    id: "answers/names",
    level: "should",
    requirement: "The fields of an answer have their exact names, and none is there twice.",
    source: `${documentation}; encoding/json does not mind upper or lower case, and takes the last of two`,
    go: { outcome: "nothing", text: "go would not mind; other clients do" },
    needs: ["get", "put"],
    async run(context) {
      for (const { names, text, problem } of await formOf(context)) {
        if (problem !== undefined) continue; // whose names these are can not be told
        const twice = doubledName(names);
        require(twice === undefined, "each field once", () => `${twice} twice: ${excerpt(text)}`);
        for (const name of names) {
          const meant = knownNames.find((known) => known.toLowerCase() === name.toLowerCase());
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
  if (first.err !== "") throw new CouldNotRun(`a get is answered with Err ${JSON.stringify(first.err)}`);
  for (const id of ids) {
    const { err } = await peer.answer(peer.send({ id, command: "get", actionID: newAction() }));
    require(err === "", `an answer without Err to request ${id}`, () => `Err ${JSON.stringify(err)}`);
  }
  return undefined;
}

/** Misses, puts and hits. @returns the action of one of them */
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
