import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/new-entry.ts";
import { assumePut, get, isHit, requirePut, sendPut, withAbsolutePath } from "../conversation/requests.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { require } from "../finding.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, CmdPut";
const indexPut = "cmd/go/internal/modindex/read.go, openIndexPackage: base.Fatalf";
const neverSent = { outcome: "nothing", text: "go never sends it" } as const;

/** Responses to puts, and what a put stores. */
export const putChecks: readonly Check[] = [
  {
    id: "put/answer",
    level: "must",
    requirement:
      "The response to a put has a DiskPath and no Err, even if the body or the entry already exists.",
    source: `${documentation}; ${indexPut}`,
    quote: documented.storesInFile,
    go: { outcome: "fatal", text: "go build would fail when it puts a package index" },
    needs: ["put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [first, second, body] = [newAction(), newAction(), newBody(1_000)];
      for (const action of [first, second]) await requirePut(program.peer, action, body);
      // go never puts an action twice in one process, but does in two: after another go command put it, or with -a.
      await requirePut(await program.restart(), first, body);
      return undefined;
    },
  },
  {
    id: "put/complete",
    level: "must",
    requirement: "When the response to a put arrives, the file it names holds the whole body.",
    source: documentation,
    quote: documented.storesInFile,
    go: { outcome: "wrong result", text: "go list -export would name an incomplete file" },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      for (const size of [1, 12_288, 16 * 1024 * 1024]) {
        const body = newBody(size);
        const { diskPath } = await assumePut(peer, newAction(), body);
        await requireBody(diskPath, body, "the file from the put");
      }
      return undefined;
    },
  },
  {
    id: "put/empty-body",
    level: "must",
    requirement: "The response to a put of an empty body names an existing, empty file.",
    source: `${documentation}; a quarter of the bodies that go build std puts are empty`,
    quote: documented.storesInFile,
    go: {
      outcome: "nothing",
      text: "go uses the file from a put only in list -export and list -test",
    },
    needs: ["put"],
    async run(context) {
      const { diskPath } = await assumePut(await context.start(), newAction(), new Uint8Array());
      await requireBody(diskPath, new Uint8Array(), "the file from the put");
      return undefined;
    },
  },
  {
    id: "put/read-back",
    level: "should",
    requirement: "A get after a put returns a hit.",
    source: "cmd/go/internal/cacheprog, CmdPut: for a later get request",
    go: {
      outcome: "rebuilds",
      text: "go build would rebuild whatever the next process doesn't find either",
    },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      for (const size of [0, 1, 1_000, 100_000]) {
        const action = newAction();
        await assumePut(peer, action, newBody(size));
        const { miss, err } = await get(peer, action);
        const actual = () => (miss ? "a miss" : `Err ${JSON.stringify(err)}`);
        require(!miss && err === "", `a hit on the ${size} bytes of the put`, actual);
      }
      return undefined;
    },
  },
  {
    id: "put/replaces",
    level: "must",
    requirement: "A put by a later process replaces the body of that action, and of no other.",
    source: "cmd/go/internal/cache/cache.go, putIndexEntry: overwrites",
    quote: documented.stores,
    go: {
      outcome: "rebuilds",
      text: "after go clean -testcache, go test would rerun every test each time",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, other, older] = [newAction(), newAction(), newBody(1_000)];
      for (const id of [other, action]) await assumePut(program.peer, id, older);
      // Smaller, larger, and the first body again.
      for (const body of [newBody(999), newBody(1_001), older]) {
        await assumePut(await program.restart(), action, body);
        const { diskPath } = await program.assumeHit(action);
        await requireBody(diskPath, body, "the file from the hit after the later put");
        const kept = await get(program.peer, other);
        if (isHit(kept))
          await requireBody(
            kept.diskPath,
            older,
            "the file of another action that was put with the replaced body",
          );
      }
      return undefined;
    },
  },
  {
    id: "put/replaced-by-nothing",
    level: "must",
    requirement: "An empty body replaces a longer one under the same action.",
    source: "cmd/go/internal/cache/cache.go, GetFile: the file must be as long as Size says",
    quote: documented.hit,
    go: {
      outcome: "rebuilds",
      text: "go would find the file longer than Size, and redo the work every time",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, nothing] = [newAction(), new Uint8Array()];
      await assumePut(program.peer, action, newBody(1_000));
      const { diskPath } = await assumePut(await program.restart(), action, nothing);
      await requireBody(diskPath, nothing, "the file from the put");
      const found = await program.assumeHit(action);
      require(Number(found.size) === 0, "Size 0", () => `Size ${found.size}`);
      await requireBody(found.diskPath, nothing, "the file from the hit");
      return undefined;
    },
  },
  {
    id: "put/shared-body",
    level: "should",
    requirement: "Two actions can share a body: both are hits, even after one of them gets a new body.",
    source: "cmd/go/internal/cacheprog, Request: ActionID and OutputID",
    go: {
      outcome: "rebuilds",
      text: "go build would lose an entry whenever it puts another one with the same body",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [first, second, body] = [newAction(), newAction(), newBody(1_000)];
      await assumePut(program.peer, first, body);
      await program.assumeHit(first);
      await assumePut(program.peer, second, body);
      for (const action of [first, second])
        require(isHit(await program.get(action)), "a hit on both actions", () => "a miss on one");
      await assumePut(await program.restart(), first, newBody(1_000));
      const isKept = isHit(await program.get(second));
      require(isKept, "a hit on the second action after the first one got a new body", () => "a miss");
      return undefined;
    },
  },
  {
    id: "put/at-once",
    level: "must",
    requirement: "The same body can be put many times at once: each response names a file that holds it.",
    source: "go build std puts 337 empty bodies, some at the same time; go issue 71059",
    quote: documented.storesInFile,
    go: {
      outcome: "rebuilds",
      text: "go vet would recheck every package whose empty result it couldn't put",
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
          failed?.err ? `Err ${JSON.stringify(failed.err)}` : "a response without DiskPath";
        require(failed === undefined, `64 files that hold the same ${body.length} bytes`, actual);
        for (const path of new Set(answers.map((answer) => withAbsolutePath(peer, answer).diskPath)))
          await requireBody(path, body, "the file from the put");
      }
      return undefined;
    },
  },
  {
    id: "put/wrong-hash",
    level: "should",
    requirement: "A put whose OutputID isn't the SHA-256 of its body gets Err, and nothing is stored.",
    source: "cmd/go/internal/cache/cache.go, copyFile: file content changed underfoot",
    go: neverSent,
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const [action, body] = [newAction(), newBody(1_000)];
      const request = { command: "put", actionID: action, outputID: outputOf(newBody(1)), bodySize: 1_000 };
      const { err } = await peer.answer(peer.send(request, body));
      const isStored = isHit(await get(peer, action));
      require(!isStored, "a miss on the action after the put", () => "a hit");
      require(err !== "", "Err in the response to put", () => "none");
      return undefined;
    },
  },
  {
    id: "put/wrong-size",
    level: "should",
    requirement: "A body whose length isn't BodySize is not stored.",
    source: "cmd/go/internal/cacheprog, Request.BodySize",
    go: neverSent,
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      for (const bodySize of [999, 1_001]) {
        const [action, body] = [newAction(), newBody(1_000)];
        const request = { command: "put", actionID: action, outputID: outputOf(body), bodySize };
        const id = peer.send(request, body);
        // A program may treat this as a protocol error, and exit.
        const response = await peer.answer(id).catch(() => peer.ended());
        if (response === undefined) return "the program exits";
        const isStored = isHit(await get(peer, action));
        require(!isStored, `a miss on the action after a put of 1,000 bytes with BodySize ${bodySize}`, () =>
          "a hit");
      }
      return undefined;
    },
  },
];
