import { within } from "../../client/deadline.ts";
import type { Check } from "../check.ts";
import { answers, get, sendGet, sendGets, sendPut } from "../conversation/calls.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/entry.ts";
import { assumePutAndGet, preparePutAndGet, requireAnswered } from "../conversation/prepared.ts";
import { RequestSplitter } from "../conversation/request-splitter.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { NotApplicable, require } from "../finding.ts";
import { dialects } from "../peer/dialect.ts";
import * as documented from "./documentation.ts";

/** How long the answer to a request may take that no empty line follows, in ms. */
const withoutBlankLine = 500;
const writer = "cmd/go/internal/cache/prog.go, writeToChild";

/** How requests come in: whole, in pieces, many at once. */
export const framingChecks: readonly Check[] = [
  {
    id: "framing/blank-line",
    level: "must",
    requirement: "An empty line follows every request object; the program must skip it.",
    source: writer,
    confirmedBy: "counts-empty-lines",
    go: { outcome: "fatal", text: "go build would stop or hang: each of its requests has that line" },
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
    requirement: "Whether a request is answered that no empty line follows.",
    source:
      "cmd/go/internal/cacheprog, Request: each JSON object is on its own line; other clients write no more",
    go: { outcome: "nothing", text: "go writes the empty line; a client that does not would wait for ever" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      await get(peer, newAction());
      const { id, bytes } = peer.prepare({ command: "get", actionID: newAction() });
      await peer.write(bytes.subarray(0, -1));
      if ((await within(withoutBlankLine, peer.answer(id))) !== undefined) return "it is answered";
      await peer.write("\n");
      await peer.answer(id);
      return "it is answered only when the empty line comes";
    },
  },
  {
    id: "framing/no-waiting",
    level: "must",
    requirement: "Each request is answered as it is there; the program does not wait for more input.",
    source:
      "cmd/go/internal/cache/prog.go, send: it waits for the answer, and most of the time sends nothing else",
    quote: documented.replies,
    go: { outcome: "hang", text: "go build would wait for ever" },
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
    requirement: "Several requests and bodies may come in one piece; each of them is read.",
    source: `${writer}: requests that wait for each other go out one right after the other`,
    quote: documented.replies,
    go: { outcome: "hang", text: "go build would wait for ever for what was not read" },
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
    requirement: "Requests and bodies may come a byte at a time.",
    source: "stdin is a pipe, which keeps no boundaries",
    confirmedBy: "read-is-whole",
    go: { outcome: "hang", text: "go build would stop, hang or get wrong results, now and then" },
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
    requirement: "A body may come in pieces of 4,096 bytes, as go writes it, or of any other size.",
    source: `${writer}: bw is a bufio.Writer`,
    confirmedBy: "full-buffer",
    go: { outcome: "hang", text: "go build would stop, hang or get wrong results" },
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
    requirement: "A get, and a put with its body, may come in two pieces, wherever the cut is.",
    source: "stdin is a pipe, which keeps no boundaries",
    confirmedBy: "read-is-whole",
    go: { outcome: "hang", text: "go build would stop, hang or get wrong results, now and then" },
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
    requirement: "Fields of a request that the program does not know are ignored.",
    source: "Go 1.24 built with the cacheprog experiment sends ObjectID as well as OutputID",
    go: { outcome: "fatal", text: "such a go would stop, or find nothing in the cache" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      await assumePutAndGet(peer);
      const { id, bytes } = peer.prepare({ command: "get", actionID: newAction() });
      const object = new TextDecoder().decode(bytes).trimEnd().slice(0, -1);
      await peer.write(`${object},"ObjectID":null,"Hints":{"size":[1,2.5e3,"}"],"":true}}\n\n`);
      const { err } = await peer.answer(id);
      require(err === "", "an answer without Err", () => `Err ${JSON.stringify(err)}`);
      await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "framing/unknown-command",
    level: "should",
    requirement:
      "A command that the program does not know is answered with Err, and the next request is served.",
    source: "cmd/go/internal/cacheprog, Cmd: get2 and others may come",
    go: { outcome: "nothing", text: "go sends only what was declared" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      const { err } = await peer.answer(peer.send({ command: "get2", actionID: newAction() }));
      require(err !== "", "an answer with Err to get2", () => "an answer without");
      await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "framing/malformed",
    level: "should",
    requirement:
      "Input that is no JSON is answered, or ends the program with a code that is not 0; it never hangs.",
    source: "go never sends any; a program that is started by hand, or by another client, gets it",
    go: { outcome: "nothing", text: "go sends none" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      await peer.write("this is no request\n\n");
      const id = sendGet(peer);
      const answer = await peer.answer(id).catch((error: unknown) => error);
      if (!(answer instanceof Error)) return "it reads on";
      if (peer.violation !== undefined) {
        // An answer to no request in particular is what one can expect here; text on stdout is not.
        if (peer.answered.length === 0 && /ID 0/.test(peer.violation.actual)) return "it answers with ID 0";
        throw peer.violation;
      }
      const { code, signal } = await peer.exit();
      require(code !== 0 || signal !== null, "an exit code that is not 0, or an answer", () => "exit code 0");
      return `it exits with code ${code}`;
    },
  },
  {
    id: "framing/object-id",
    level: "should",
    requirement:
      "ObjectID, as OutputID was called before Go 1.24, is taken for it where there is no OutputID; asked only with --as go1.23.",
    source: "cmd/go/internal/cache/prog.go, ProgRequest (go1.21 to go1.23)",
    go: { outcome: "nothing", text: "go since 1.24 sends OutputID; an older one would get wrong results" },
    needs: ["get", "put"],
    async run(context) {
      if (context.dialect.encode === dialects[0].encode)
        throw new NotApplicable("only a client before Go 1.24 sends ObjectID, as with --as go1.23");
      const program = await RestartablePeer.start(context);
      const [actionID, body] = [newAction(), newBody(20)];
      const outputID = outputOf(body);
      const { err } = await program.peer.answer(sendPut(program.peer, actionID, body));
      require(err === "", "an answer without Err to put", () => `Err ${JSON.stringify(err)}`);
      const stored = (await program.assumeHit(actionID)).outputID.toHex();
      const expected = `the OutputID ${outputID.toHex()}`;
      require(stored === outputID.toHex(), expected, () => stored || "none");
      return undefined;
    },
  },
];
