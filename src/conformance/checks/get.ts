import { stat } from "node:fs/promises";
import { contentAt, requireBody } from "../conversation/disk-file.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/new-entry.ts";
import { assumePut, get, isHit } from "../conversation/requests.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { CouldNotRun, require } from "../finding.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, Response";
const reader = "cmd/go/internal/cache/prog.go, Get";

/** The size of a body, in bytes, in checks where any size will do. */
const anySize = 1_000;

/** Responses to gets. */
export const getChecks: readonly Check[] = [
  {
    id: "get/miss",
    level: "must",
    requirement: "A get of an action that was never put returns a miss.",
    source: `${documentation}.Miss`,
    quote: documented.miss,
    go: { outcome: "wrong result", text: "go build would use whatever file the response names" },
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
    requirement: "A miss has Miss: true, and neither Err nor DiskPath.",
    source: `${reader}: go treats each of the three as a miss`,
    quote: documented.miss,
    go: {
      outcome: "nothing",
      text: "go also treats a response with Err, or without DiskPath, as a miss; other clients tell them apart",
    },
    needs: ["get"],
    async run(context) {
      const { miss, err, diskPath } = await get(await context.start(), newAction());
      const actual = () => JSON.stringify({ Miss: miss, Err: err, DiskPath: diskPath });
      require(miss && err === "" && diskPath === "", "Miss: true, and neither Err nor DiskPath", actual);
      return undefined;
    },
  },
  {
    id: "get/whole-key",
    level: "must",
    requirement: "All 32 bytes of an action id count: an id that differs in one bit is another action.",
    source: "cmd/go/internal/cacheprog, Request.ActionID: the cache key",
    quote: documented.keyOfGet,
    go: {
      outcome: "wrong result",
      text: "go build would use the wrong result if two ids agree in the bytes that the program compares",
    },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const action = newAction();
      await assumePut(peer, action, newBody(anySize));
      for (const at of [0, 7, 15, 19, 31]) {
        const other = action.with(at, (action[at] ?? 0) ^ 1);
        const actual = () => `a hit on an id that differs in byte ${at}`;
        require(!isHit(await get(peer, other)), "a miss on every other id", actual);
      }
      return undefined;
    },
  },
  {
    id: "get/disk-path",
    level: "must",
    requirement: "A hit has a DiskPath that isn't empty.",
    source: reader,
    quote: documented.hit,
    go: { outcome: "rebuilds", text: "go build would treat the hit as a miss, and rebuild every time" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const action = newAction();
      await assumePut(program.peer, action, newBody(anySize));
      const { miss, err, diskPath } = await program.get(action);
      if (miss || err !== "") throw new CouldNotRun("a get after a put doesn't return a hit");
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
      text: "go build would treat a longer id as a miss; with any other wrong id go test would rerun every test",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, body] = [newAction(), newBody(anySize)];
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
    requirement: "The Size of a hit is the length of the body.",
    source: "cmd/go/internal/cache/cache.go, GetFile: file incomplete",
    quote: documented.sizeOfHit,
    go: {
      outcome: "rebuilds",
      text: "go build would treat the file as incomplete, and rebuild every time",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      for (const length of [1, anySize, 100_000]) {
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
    requirement: "The file a hit names exists, is a regular file, and is as long as the body.",
    source: "cmd/go/internal/cacheprog, CmdGet",
    quote: documented.hit,
    go: { outcome: "rebuilds", text: "go build would treat the hit as a miss, and rebuild every time" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      for (const length of [1, anySize, 100_000]) {
        const action = newAction();
        await assumePut(program.peer, action, newBody(length));
        const { diskPath } = await program.assumeHit(action);
        const file = await stat(diskPath).catch((error: Error) => error.message);
        const kind = () =>
          typeof file !== "string" && file.isFile() ? "a regular file" : "not a regular file";
        const actual = () => (typeof file === "string" ? file : `${kind()}, of ${file.size} bytes`);
        const isRight = typeof file !== "string" && file.isFile() && file.size === length;
        require(isRight, `a regular file of ${length} bytes`, actual);
      }
      return undefined;
    },
  },
  {
    id: "get/content",
    level: "must",
    requirement: "The file a hit names holds the bytes of the put.",
    source: "cmd/go/internal/cacheprog, CmdGet",
    quote: documented.hit,
    confirmedBy: "hit-on-zeros",
    go: {
      outcome: "wrong result",
      text: 'go build would fail with "corrupt index", or link the wrong bytes',
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      for (const length of [1, anySize, 100_000]) {
        const [action, body] = [newAction(), newBody(length)];
        await assumePut(program.peer, action, body);
        const { diskPath } = await program.assumeHit(action);
        if (typeof (await contentAt(diskPath)) === "string")
          throw new CouldNotRun("the file from the hit can't be read");
        await requireBody(diskPath, body, "the file from the hit");
      }
      return undefined;
    },
  },
  {
    id: "get/empty-body",
    level: "should",
    requirement: "A hit on an empty body has Size 0, or no Size, and names an existing, empty file.",
    source:
      "cmd/go/internal/cache/cache.go, GetFile; a quarter of the bodies that go build std puts are empty",
    go: { outcome: "rebuilds", text: "go vet would recheck every package" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, body] = [newAction(), new Uint8Array()];
      await assumePut(program.peer, action, body);
      const { diskPath, size } = await program.assumeHit(action);
      require(Number(size) === 0, "Size 0", () => `Size ${size}`);
      await requireBody(diskPath, body, "the file from the hit");
      return undefined;
    },
  },
];
