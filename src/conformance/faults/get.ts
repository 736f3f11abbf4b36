import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outputOf } from "../conversation/new-entry.ts";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { changeHits, type WrittenHit } from "./answers.ts";

/** Programs that send wrong responses to gets. */
export const getFaults: readonly Fault[] = [
  {
    name: "miss-unsaid",
    description: "A miss has only the ID, without Miss.",
    fails: ["get/miss-alone"],
    go: "nothing",
    run: (store) => serveThrough(store, (answer) => answer.replace(',"Miss":true', "")),
  },
  {
    name: "miss-with-error",
    description: "A miss also has Err.",
    fails: ["get/miss-alone", "damage/no-error"],
    go: "nothing",
    run: (store) =>
      serveThrough(store, (answer) => answer.replace('"Miss":true', '"Err":"not found","Miss":true')),
  },
  {
    name: "hit-for-miss",
    description: "The sixth miss of a process is a hit on an empty file instead.",
    fails: ["get/miss"],
    mayFail: ["persistence/killed"],
    go: "fatal",
    run(store) {
      let misses = 0;
      return serveWith(store, {
        get(request) {
          const hit = store.get(request);
          if (hit !== null || ++misses !== 6) return hit;
          const diskPath = join(store.directory, `nothing-${process.pid}`);
          writeFileSync(diskPath, "");
          return { outputID: outputOf(new Uint8Array()), size: 0, diskPath };
        },
      });
    },
  },
  {
    name: "miss-with-path",
    description: "A miss has a DiskPath.",
    fails: ["get/miss-alone"],
    go: "nothing",
    run: (store) =>
      serveThrough(store, (answer) => answer.replace('"Miss":true', '"Miss":true,"DiskPath":"/nowhere"')),
  },
  {
    name: "key-cut",
    description: "Only the first 16 bytes of an action id count.",
    fails: ["get/whole-key"],
    go: "nothing",
    run(store) {
      const cut = (id: Uint8Array) => id.map((byte, at) => (at < 16 ? byte : 0));
      return serveWith(store, {
        get: (request) => store.get({ ...request, actionID: cut(request.actionID) }),
        put: (request) => store.put({ ...request, actionID: cut(request.actionID) }),
      });
    },
  },
  {
    name: "hit-without-path",
    description: "A hit has no DiskPath.",
    fails: ["get/disk-path"],
    go: "rebuilds",
    run: (store) => changeHits(store, ({ DiskPath, ...hit }) => hit),
  },
  {
    name: "output-id-in-hex",
    description: "The OutputID of a hit is the base64 of its hex digits.",
    fails: ["get/output-id"],
    go: "rebuilds",
    run: (store) => changeHits(store, (hit) => withOutputID(hit, (id) => Buffer.from(id.toHex()))),
  },
  {
    name: "output-id-short",
    description: "The OutputID of a hit lacks its last byte.",
    fails: ["get/output-id"],
    go: "rebuilds",
    run: (store) => changeHits(store, (hit) => withOutputID(hit, (id) => id.subarray(0, 31))),
  },
  {
    name: "output-id-missing",
    description: "A hit has no OutputID.",
    fails: ["get/output-id"],
    go: "rebuilds",
    run: (store) => changeHits(store, ({ OutputID, ...hit }) => hit),
  },
  {
    name: "size-missing",
    description: "A hit has no Size.",
    fails: ["get/size"],
    go: "rebuilds",
    run: (store) => changeHits(store, ({ Size, ...hit }) => hit),
  },
  {
    name: "size-of-base64",
    description: "The Size of a hit is the length of the body's base64.",
    fails: ["get/size"],
    go: "rebuilds",
    run: (store) => changeHits(store, (hit) => ({ ...hit, Size: 4 * Math.ceil((hit.Size ?? 0) / 3) })),
  },
  {
    name: "hit-on-missing-file",
    description: "A hit on a body of 100,000 bytes or more names a file that doesn't exist.",
    fails: ["get/file"],
    go: "rebuilds",
    run: (store) => changeHits(store, (hit) => withLargePath(hit, (path) => `${path}-missing`)),
  },
  {
    name: "hit-on-directory",
    description: "A hit on a body of 100,000 bytes or more names the directory that its file is in.",
    fails: ["get/file"],
    go: "rebuilds",
    run: (store) => changeHits(store, (hit) => withLargePath(hit, dirname)),
  },
  {
    name: "hit-on-zeros",
    description: "A hit on a body of 100,000 bytes or more names a file of that length, filled with zeros.",
    fails: ["get/content"],
    go: "fatal",
    run: (store) =>
      changeHits(store, (hit) =>
        withLargePath(hit, (path) => {
          writeFileSync(`${path}-zeros`, new Uint8Array(hit.Size ?? 0));
          return `${path}-zeros`;
        }),
      ),
  },
  {
    name: "empty-hit-on-missing-file",
    description: "A hit on an empty body names a file that doesn't exist.",
    fails: ["get/empty-body", "put/replaced-by-nothing"],
    go: "rebuilds",
    run: (store) => changeHits(store, (hit) => (hit.Size ? hit : { ...hit, DiskPath: "/nowhere" })),
  },
];

function withOutputID(hit: WrittenHit, change: (id: Uint8Array) => Uint8Array): WrittenHit {
  return { ...hit, OutputID: change(Uint8Array.fromBase64(hit.OutputID)).toBase64() };
}

function withLargePath(hit: WrittenHit, change: (path: string) => string): WrittenHit {
  return (hit.Size ?? 0) < 100_000 ? hit : { ...hit, DiskPath: change(hit.DiskPath) };
}
