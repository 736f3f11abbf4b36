import type { Check } from "../check.ts";
import { assumePut, get, isHit, requirePut, sendPut, withAbsolutePath } from "../conversation/calls.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/entry.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { require } from "../finding.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, CmdPut";
const indexPut = "cmd/go/internal/modindex/read.go, openIndexPackage: base.Fatalf";
const neverSent = { outcome: "nothing", text: "go never sends it" } as const;

/** What a put is answered with, and what it leaves. */
export const putChecks: readonly Check[] = [
  {
    id: "put/answer",
    level: "must",
    requirement:
      "A put is answered with a DiskPath and no Err, whether or not the body or the entry is there already.",
    source: `${documentation}; ${indexPut}`,
    quote: documented.storesInFile,
    go: { outcome: "fatal", text: "go build would stop where the index of a package is put" },
    needs: ["put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [first, second, body] = [newAction(), newAction(), newBody(1_000)];
      for (const action of [first, second]) await requirePut(program.peer, action, body);
      // go puts an action again, but never twice in a process: after another go command did, or with -a.
      await requirePut(await program.restart(), first, body);
      return undefined;
    },
  },
  {
    id: "put/complete",
    level: "must",
    requirement: "The file that a put names holds the whole body when the answer comes.",
    source: documentation,
    quote: documented.storesInFile,
    go: { outcome: "wrong result", text: "go list -export would hand out a file that is not whole" },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      for (const size of [1, 12_288, 16 * 1024 * 1024]) {
        const body = newBody(size);
        const { diskPath } = await assumePut(peer, newAction(), body);
        await requireBody(diskPath, body, "the file that put named");
      }
      return undefined;
    },
  },
  {
    id: "put/empty-body",
    level: "must",
    requirement: "A put of no bytes is answered with the path of an empty file that is there.",
    source: `${documentation}; a quarter of what go build std puts is empty`,
    quote: documented.storesInFile,
    go: {
      outcome: "nothing",
      text: "go looks at the file that a put names for list -export and list -test alone",
    },
    needs: ["put"],
    async run(context) {
      const { diskPath } = await assumePut(await context.start(), newAction(), new Uint8Array());
      await requireBody(diskPath, new Uint8Array(), "the file that put named");
      return undefined;
    },
  },
  {
    id: "put/read-back",
    level: "should",
    requirement: "What was put is found by the next get.",
    source: "cmd/go/internal/cacheprog, CmdPut: for a later get request",
    go: {
      outcome: "rebuilds",
      text: "go build would build again whatever the next process does not find either",
    },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      for (const size of [0, 1, 1_000, 100_000]) {
        const action = newAction();
        await assumePut(peer, action, newBody(size));
        const { miss, err } = await get(peer, action);
        const actual = () => (miss ? "a miss" : `Err ${JSON.stringify(err)}`);
        require(!miss && err === "", `a hit on the ${size} bytes that were put`, actual);
      }
      return undefined;
    },
  },
  {
    id: "put/replaces",
    level: "must",
    requirement:
      "An action that is put again by a later process has the new body from then on, and no other has.",
    source: "cmd/go/internal/cache/cache.go, putIndexEntry: overwrites",
    quote: documented.stores,
    go: {
      outcome: "rebuilds",
      text: "after go clean -testcache, go test would run every test again each time",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, other, older] = [newAction(), newAction(), newBody(1_000)];
      for (const id of [other, action]) await assumePut(program.peer, id, older);
      // Smaller, larger, and back to what it was.
      for (const body of [newBody(999), newBody(1_001), older]) {
        await assumePut(await program.restart(), action, body);
        const { diskPath } = await program.assumeHit(action);
        await requireBody(diskPath, body, "the file that a hit on an action names after a second put");
        const kept = await get(program.peer, other);
        if (isHit(kept))
          await requireBody(kept.diskPath, older, "the file of an action that had the same body");
      }
      return undefined;
    },
  },
  {
    id: "put/replaced-by-nothing",
    level: "must",
    requirement: "A body of no bytes takes the place of a longer one under the same action.",
    source: "cmd/go/internal/cache/cache.go, GetFile: the file has to be as long as Size says",
    quote: documented.hit,
    go: {
      outcome: "rebuilds",
      text: "go would find the file too long for its Size, and do the work again each time",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, nothing] = [newAction(), new Uint8Array()];
      await assumePut(program.peer, action, newBody(1_000));
      const { diskPath } = await assumePut(await program.restart(), action, nothing);
      await requireBody(diskPath, nothing, "the file that put named");
      const found = await program.assumeHit(action);
      require(Number(found.size) === 0, "Size 0", () => `Size ${found.size}`);
      await requireBody(found.diskPath, nothing, "the file that the hit names");
      return undefined;
    },
  },
  {
    id: "put/shared-body",
    level: "should",
    requirement: "Two actions may have the same body: either is a hit, also when the other has a new body.",
    source: "cmd/go/internal/cacheprog, Request: ActionID and OutputID",
    go: {
      outcome: "rebuilds",
      text: "go build would lose one entry whenever it puts another with the same result",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [first, second, body] = [newAction(), newAction(), newBody(1_000)];
      await assumePut(program.peer, first, body);
      await program.assumeHit(first);
      await assumePut(program.peer, second, body);
      for (const action of [first, second])
        require(isHit(await program.get(action)), "a hit on either action", () => "a miss on one");
      await assumePut(await program.restart(), first, newBody(1_000));
      const isKept = isHit(await program.get(second));
      require(isKept, "a hit on the other action when one is put anew", () => "a miss");
      return undefined;
    },
  },
  {
    id: "put/at-once",
    level: "must",
    requirement:
      "The same body may be put many times at once: each put is answered with a file that holds it.",
    source: "cmd/go puts 337 empty bodies for go build std, some at the same time; go issue 71059",
    quote: documented.storesInFile,
    go: {
      outcome: "rebuilds",
      text: "go vet would check again each package whose empty result it could not put",
    },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const bodies = [newBody(20_000), new Uint8Array()];
      const sent = Array.from({ length: 64 }, () => bodies.map((body) => sendPut(peer, newAction(), body)));
      for (const [i, body] of bodies.entries()) {
        const answers = await Promise.all(sent.map((ids) => peer.answer(ids[i] ?? 0)));
        const failed = answers.find(({ err, diskPath }) => err !== "" || diskPath === "");
        const actual = () =>
          failed?.err ? `Err ${JSON.stringify(failed.err)}` : "an answer without DiskPath";
        require(failed === undefined, `64 files that hold the same ${body.length} bytes`, actual);
        for (const path of new Set(answers.map((answer) => withAbsolutePath(peer, answer).diskPath)))
          await requireBody(path, body, "the file that put named");
      }
      return undefined;
    },
  },
  {
    id: "put/wrong-hash",
    level: "should",
    requirement: "A body whose SHA-256 is not the OutputID is answered with Err, and nothing is stored.",
    source: "cmd/go/internal/cache/cache.go, copyFile: file content changed underfoot",
    go: neverSent,
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const [action, body] = [newAction(), newBody(1_000)];
      const request = { command: "put", actionID: action, outputID: outputOf(newBody(1)), bodySize: 1_000 };
      const { err } = await peer.answer(peer.send(request, body));
      const isStored = isHit(await get(peer, action));
      require(!isStored, "nothing under the action", () => "a hit on it");
      require(err !== "", "an Err", () => "none");
      return undefined;
    },
  },
  {
    id: "put/wrong-size",
    level: "should",
    requirement: "A body of another length than BodySize is not stored.",
    source: "cmd/go/internal/cacheprog, Request.BodySize",
    go: neverSent,
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      for (const bodySize of [999, 1_001]) {
        const [action, body] = [newAction(), newBody(1_000)];
        const request = { command: "put", actionID: action, outputID: outputOf(body), bodySize };
        const id = peer.send(request, body);
        // A program may take this for the end of the protocol, and end.
        const response = await peer.answer(id).catch(() => peer.ended());
        if (response === undefined) return "it ends";
        const isStored = isHit(await get(peer, action));
        require(!isStored, `nothing under the action, whose BodySize was ${bodySize}`, () => "a hit");
      }
      return undefined;
    },
  },
];
