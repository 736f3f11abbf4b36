import { within } from "../../wait.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/new-entry.ts";
import { assumePutAndGet, preparePutAndGet, requireAnswered } from "../conversation/prepared.ts";
import { RequestSplitter } from "../conversation/request-splitter.ts";
import { answers, get, sendGet, sendGets, sendPut } from "../conversation/requests.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { NotApplicable, require } from "../finding.ts";
import { dialects } from "../peer/dialect.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

/** How long to wait for the response to a request without an empty line after it, in ms. */
const withoutBlankLine = 500;
const writer = "cmd/go/internal/cache/prog.go, writeToChild";

/** How requests arrive on stdin: whole, in pieces, many at once. */
export const framingChecks: readonly Check[] = [
  {
    id: "framing/blank-line",
    level: "must",
    requirement: "The program skips the empty line that go writes after every request object.",
    source: writer,
    confirmedBy: "counts-empty-lines",
    go: { outcome: "fatal", text: "go build would fail or hang: it writes that line after each request" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      await answers(peer, sendGets(peer, newActions(40)));
      return undefined;
    },
  },
  {
    id: "framing/without-blank-line",
    level: "info",
    requirement: "Reports whether a request is answered before an empty line follows it.",
    source:
      "cmd/go/internal/cacheprog, Request: each JSON object is on its own line; other clients write no empty line",
    go: { outcome: "nothing", text: "go writes the empty line; a client that doesn't would wait forever" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      await get(peer, newAction());
      const { id, bytes } = peer.prepare({ command: "get", actionID: newAction() });
      await peer.write(bytes.subarray(0, -1));
      if ((await within(withoutBlankLine, peer.answer(id))) !== undefined) return "answered at once";
      await peer.write("\n");
      await peer.answer(id);
      return "answered only after the empty line";
    },
  },
  {
    id: "framing/no-waiting",
    level: "must",
    requirement: "Each request is answered without waiting for more input.",
    source:
      "cmd/go/internal/cache/prog.go, send: it waits for the response, and usually sends nothing else until then",
    quote: documented.replies,
    go: { outcome: "hang", text: "go build would wait forever" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      for (let i = 0; i < 95; i++) await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "framing/one-write",
    level: "must",
    requirement: "Requests and bodies that arrive in one read are all read.",
    source: `${writer}: requests that wait for the lock go out directly one after another`,
    quote: documented.replies,
    go: { outcome: "hang", text: "go build would wait forever for the requests that weren't read" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      await assumePutAndGet(peer);
      const all = [...preparePutAndGet(peer, newBody(10)), ...preparePutAndGet(peer, newBody(1))];
      await peer.write(Buffer.concat(all.map(({ bytes }) => bytes)));
      await requireAnswered(peer, all);
      return undefined;
    },
  },
  {
    id: "framing/byte-by-byte",
    level: "must",
    requirement: "The program reads requests and bodies that arrive a byte at a time.",
    source: "stdin is a pipe, which doesn't keep the boundaries of writes",
    confirmedBy: "read-is-whole",
    go: { outcome: "hang", text: "go build would now and then fail, hang or get wrong results" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      await assumePutAndGet(peer);
      const all = preparePutAndGet(peer, newBody(10));
      void peer.writePieces(Buffer.concat(all.map(({ bytes }) => bytes)), 1);
      await requireAnswered(peer, all);
      return undefined;
    },
  },
  {
    id: "framing/blocks",
    level: "must",
    requirement:
      "The program reads a body that arrives in pieces of 4,096 bytes, as go writes it, or of any other size.",
    source: `${writer}: bw is a bufio.Writer`,
    confirmedBy: "full-buffer",
    go: { outcome: "hang", text: "go build would fail, hang or get wrong results" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      await assumePutAndGet(peer);
      for (const size of [1_000, 4_096]) {
        const all = preparePutAndGet(peer, newBody(40_000));
        void peer.writePieces(Buffer.concat(all.map(({ bytes }) => bytes)), size);
        await requireAnswered(peer, all);
      }
      return undefined;
    },
  },
  {
    id: "framing/every-split",
    level: "must",
    requirement:
      "The program reads a get, or a put with its body, that arrives in two pieces, split at any byte.",
    source: "stdin is a pipe, which doesn't keep the boundaries of writes",
    confirmedBy: "read-is-whole",
    go: { outcome: "hang", text: "go build would now and then fail, hang or get wrong results" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      await assumePutAndGet(peer);
      const splitter = new RequestSplitter(peer);
      const body = newBody(4);
      const put = { command: "put", outputID: outputOf(body), bodySize: body.length };
      await splitter.everywhere(() => ({ command: "get", actionID: newAction() }));
      await splitter.everywhere(() => ({ ...put, actionID: newAction() }), body);
      return undefined;
    },
  },
  {
    id: "framing/unknown-field",
    level: "should",
    requirement: "Unknown fields of a request are ignored.",
    source: "Go 1.24 built with the cacheprog experiment sends ObjectID as well as OutputID",
    go: { outcome: "fatal", text: "Go 1.24 with that experiment would fail, or find nothing in the cache" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      await assumePutAndGet(peer);
      const { id, bytes } = peer.prepare({ command: "get", actionID: newAction() });
      const object = new TextDecoder().decode(bytes).trimEnd().slice(0, -1);
      await peer.write(`${object},"ObjectID":null,"Hints":{"size":[1,2.5e3,"}"],"":true}}\n\n`);
      const { err } = await peer.answer(id);
      require(err === "", "a response without Err", () => `Err ${JSON.stringify(err)}`);
      await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "framing/unknown-command",
    level: "should",
    requirement: "An unknown command gets a response with Err, and the next request is served.",
    source: "cmd/go/internal/cacheprog, Cmd: get2 and others may come",
    go: { outcome: "nothing", text: "go sends only declared commands" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      const { err } = await peer.answer(peer.send({ command: "get2", actionID: newAction() }));
      require(err !== "", "a response with Err to get2", () => "a response without Err");
      await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "framing/malformed",
    level: "should",
    requirement:
      "Input that isn't JSON gets a response, or the program exits with a nonzero code; it never hangs.",
    source: "go never sends such input; people and other clients may",
    go: { outcome: "nothing", text: "go never sends it" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      await peer.write("this is no request\n\n");
      const id = sendGet(peer);
      const answer = await peer.answer(id).catch((error: unknown) => error);
      if (!(answer instanceof Error)) return "the program keeps reading";
      if (peer.violation !== undefined) {
        // A response with ID 0, which answers no request in particular, is fine here; text on stdout isn't.
        if (peer.answered.length === 0 && /ID 0/.test(peer.violation.actual))
          return "the program sends a response with ID 0";
        throw peer.violation;
      }
      const { code, signal } = await peer.exit();
      require(code !== 0 || signal !== null, "a response, or a nonzero exit code", () => "exit code 0");
      return `the program exits with code ${code}`;
    },
  },
  {
    id: "framing/object-id",
    level: "should",
    requirement:
      "ObjectID, the name of OutputID before Go 1.24, is accepted in its place; runs only with --as go1.23.",
    source: "cmd/go/internal/cache/prog.go, ProgRequest (go1.21 to go1.23)",
    go: { outcome: "nothing", text: "Go 1.24 and later send OutputID; an older go would get wrong results" },
    needs: ["get", "put"],
    async run(context) {
      if (context.dialect.encode === dialects[0].encode)
        throw new NotApplicable("only clients before Go 1.24 send ObjectID; use --as go1.23");
      const program = await RestartablePeer.start(context);
      const [actionID, body] = [newAction(), newBody(20)];
      const outputID = outputOf(body);
      const { err } = await program.peer.answer(sendPut(program.peer, actionID, body));
      require(err === "", "a response to put without Err", () => `Err ${JSON.stringify(err)}`);
      const stored = (await program.assumeHit(actionID)).outputID.toHex();
      const expected = `OutputID ${outputID.toHex()}`;
      require(stored === outputID.toHex(), expected, () => stored || "none");
      return undefined;
    },
  },
];
