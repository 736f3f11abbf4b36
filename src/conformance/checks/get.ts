import { stat } from "node:fs/promises";
import type { Check } from "../check.ts";
import { assumePut, get, isHit } from "../conversation/calls.ts";
import { contentAt, requireBody } from "../conversation/disk-file.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/entry.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { CouldNotRun, require } from "../finding.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, Response";
const reader = "cmd/go/internal/cache/prog.go, Get";

/** Bodies of a size that matters to none of the checks here but get/file and get/content. */
const some = 1_000;

/** What a get is answered with. */
export const getChecks: readonly Check[] = [
  {
    id: "get/miss",
    level: "must",
    requirement: "A get of an action that was never put is a miss: no answer to one names a file as a hit.",
    source: `${documentation}.Miss`,
    quote: documented.miss,
    go: { outcome: "wrong result", text: "go build would use whatever file the answer names" },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      for (const action of newActions(8)) {
        const answer = await get(peer, action);
        require(!isHit(answer), "Miss: true", () => `a hit that names ${answer.diskPath}`);
      }
      return undefined;
    },
  },
  {
    id: "get/miss-alone",
    level: "should",
    requirement: "A miss is Miss: true, and neither Err nor DiskPath.",
    source: `${reader}: any of the three is a miss to go`,
    quote: documented.miss,
    go: {
      outcome: "nothing",
      text: "go takes an answer with Err, or without DiskPath, for a miss as well; other clients tell them apart",
    },
    needs: ["get"],
    async run(context) {
      const { miss, err, diskPath } = await get(await context.start(), newAction());
      const actual = () => JSON.stringify({ Miss: miss, Err: err, DiskPath: diskPath });
      require(miss && err === "" && diskPath === "", "Miss: true and no more", actual);
      return undefined;
    },
  },
  {
    id: "get/whole-key",
    level: "must",
    requirement: "An action is all 32 bytes of its id: one that differs in a single bit is another.",
    source: "cmd/go/internal/cacheprog, Request.ActionID: the cache key",
    quote: documented.keyOfGet,
    go: {
      outcome: "wrong result",
      text: "go build would take one result for another, if two ids were the same in the part that counts",
    },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const action = newAction();
      await assumePut(peer, action, newBody(some));
      for (const at of [0, 7, 15, 19, 31]) {
        const other = action.with(at, (action[at] ?? 0) ^ 1);
        const actual = () => `a hit for one that differs in byte ${at}`;
        require(!isHit(await get(peer, other)), "a miss for every other id", actual);
      }
      return undefined;
    },
  },
  {
    id: "get/disk-path",
    level: "must",
    requirement: "A hit names a file: DiskPath is not empty.",
    source: reader,
    quote: documented.hit,
    go: { outcome: "rebuilds", text: "go build would take the hit for a miss, and build again every time" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const action = newAction();
      await assumePut(program.peer, action, newBody(some));
      const { miss, err, diskPath } = await program.get(action);
      if (miss || err !== "") throw new CouldNotRun("what was put is not found again");
      require(diskPath !== "", "a DiskPath, or Miss: true", () => "neither");
      return undefined;
    },
  },
  {
    id: "get/output-id",
    level: "must",
    requirement: "A hit has the OutputID of the put, all 32 bytes.",
    source: reader,
    quote: documented.hit,
    go: {
      outcome: "rebuilds",
      text: "go build would take a longer id for a miss; with another wrong one go test would run every test again",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, body] = [newAction(), newBody(some)];
      await assumePut(program.peer, action, body);
      const { outputID } = await program.assumeHit(action);
      const expected = `OutputID ${outputOf(body).toBase64()}`;
      const actual = () =>
        outputID.length === 0 ? "none" : `${outputID.toBase64()}, ${outputID.length} bytes`;
      require(Buffer.compare(outputID, outputOf(body)) === 0, expected, actual);
      return undefined;
    },
  },
  {
    id: "get/size",
    level: "must",
    requirement: "A hit has the length of the body as Size.",
    source: "cmd/go/internal/cache/cache.go, GetFile: file incomplete",
    quote: documented.sizeOfHit,
    go: {
      outcome: "rebuilds",
      text: "go build would take the file for an incomplete one, and build again every time",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      for (const length of [1, some, 100_000]) {
        const action = newAction();
        await assumePut(program.peer, action, newBody(length));
        const { size } = await program.assumeHit(action);
        require(Number(size) === length, `Size ${length}`, () => `Size ${size}`);
      }
      return undefined;
    },
  },
  {
    id: "get/file",
    level: "must",
    requirement: "The file that a hit names is there, is a regular file, and is as long as the body.",
    source: "cmd/go/internal/cacheprog, CmdGet",
    quote: documented.hit,
    go: { outcome: "rebuilds", text: "go build would take the hit for a miss, and build again every time" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      for (const length of [1, some, 100_000]) {
        const action = newAction();
        await assumePut(program.peer, action, newBody(length));
        const { diskPath } = await program.assumeHit(action);
        const file = await stat(diskPath).catch((error: Error) => error.message);
        const kind = () => (typeof file !== "string" && file.isFile() ? "a regular file" : "no regular file");
        const actual = () => (typeof file === "string" ? file : `${kind()}, of ${file.size} bytes`);
        const isSo = typeof file !== "string" && file.isFile() && file.size === length;
        require(isSo, `a regular file of ${length} bytes`, actual);
      }
      return undefined;
    },
  },
  {
    id: "get/content",
    level: "must",
    requirement: "The file that a hit names holds the bytes that were put.",
    source: "cmd/go/internal/cacheprog, CmdGet",
    quote: documented.hit,
    confirmedBy: "hit-on-zeros",
    go: {
      outcome: "wrong result",
      text: "go build would stop with: corrupt index, or link what is in the file",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      for (const length of [1, some, 100_000]) {
        const [action, body] = [newAction(), newBody(length)];
        await assumePut(program.peer, action, body);
        const { diskPath } = await program.assumeHit(action);
        if (typeof (await contentAt(diskPath)) === "string") throw new CouldNotRun("there is no file");
        await requireBody(diskPath, body, "the file that the hit names");
      }
      return undefined;
    },
  },
  {
    id: "get/empty-body",
    level: "should",
    requirement: "A hit on a body of no bytes has Size 0, or none, and names an empty file that is there.",
    source: "cmd/go/internal/cache/cache.go, GetFile; a quarter of what go build std puts is empty",
    go: { outcome: "rebuilds", text: "go vet would check every package again" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, body] = [newAction(), new Uint8Array()];
      await assumePut(program.peer, action, body);
      const { diskPath, size } = await program.assumeHit(action);
      require(Number(size) === 0, "Size 0", () => `Size ${size}`);
      await requireBody(diskPath, body, "the file that the hit names");
      return undefined;
    },
  },
];
