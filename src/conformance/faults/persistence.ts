import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GetRequest, PutRequest } from "../../server/handlers.ts";
import { standardInput } from "../../server/stdio.ts";
import { outputOf } from "../conversation/new-entry.ts";
import { type Fault, serveWith } from "../fault.ts";
import { bodyPath, collect, withBody } from "./bodies.ts";

/** Programs that lose or damage entries when they end. */
export const persistenceFaults: readonly Fault[] = [
  {
    name: "index-in-memory",
    description: "A process finds only its own puts.",
    fails: ["persistence/restart", "persistence/without-close", "put/shared-body"],
    go: "rebuilds",
    run(store) {
      const known = new Set<string>();
      return serveWith(store, {
        get: (request) => (known.has(request.actionID.toHex()) ? store.get(request) : null),
        put(request) {
          known.add(request.actionID.toHex());
          return store.put(request);
        },
      });
    },
  },
  {
    name: "saves-on-close",
    description: "The next process finds what was put only after close.",
    fails: ["persistence/without-close"],
    go: "rebuilds",
    run(store) {
      const file = join(store.directory, "index");
      const known = new Set(existsSync(file) ? readFileSync(file, "utf8").split("\n") : []);
      let isClosed = false;
      const input = watch(standardInput(), (text) => {
        isClosed ||= text.includes('"Command":"close"');
      });
      const handlers = {
        get: (request: GetRequest) => (known.has(request.actionID.toHex()) ? store.get(request) : null),
        put(request: PutRequest) {
          known.add(request.actionID.toHex());
          return store.put(request);
        },
        close() {
          if (isClosed) writeFileSync(file, [...known].join("\n"));
        },
      };
      return serveWith(store, handlers, { input });
    },
  },
  {
    name: "index-in-place",
    description:
      "The index is a file that is rewritten in place after each put; a broken one stops the program from starting.",
    fails: ["end/sigterm", "end/sigint", "persistence/killed"],
    mayFail: ["end/answers", "file/held-open"],
    go: "fatal",
    run(store, window = 100) {
      const file = join(store.directory, "index");
      const known: string[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
      let saved = known.length;
      let saving: Promise<void> | undefined;
      const save = async () => {
        for (; saved < known.length; saved = known.length) {
          const fd = openSync(file, "w");
          await Bun.sleep(window);
          writeSync(fd, JSON.stringify(known));
          closeSync(fd);
        }
        saving = undefined;
      };
      return serveWith(store, {
        async put(request) {
          const stored = await store.put(request);
          known.push(request.actionID.toHex());
          saving ??= save();
          return stored;
        },
        close: () => saving,
      });
    },
  },
  {
    name: "body-in-place",
    description:
      "A body of 500,000 bytes or more is written in place as it arrives, and an incomplete file is later used as the body.",
    fails: ["persistence/half-a-body"],
    go: "rebuilds",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          if (request.size < 500_000) return store.put(request);
          const diskPath = bodyPath(store, request.outputID);
          if (!existsSync(diskPath))
            return store.put(withBody(request, await writeInPlace(request, diskPath)));
          const bytes = await collect(request.body);
          const isIntact = Buffer.compare(outputOf(readFileSync(diskPath)), request.outputID) === 0;
          return isIntact ? store.put(withBody(request, bytes)) : { diskPath };
        },
      }),
  },
];

async function writeInPlace(request: PutRequest, path: string): Promise<Uint8Array> {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "w");
  const chunks: Uint8Array[] = [];
  for await (const chunk of request.body) {
    writeSync(fd, chunk);
    chunks.push(chunk.slice());
  }
  closeSync(fd);
  return Buffer.concat(chunks);
}

/** Passes chunks on; `look` gets the text of each first. */
async function* watch(
  input: AsyncIterable<Uint8Array>,
  look: (text: string) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of input) {
    look(Buffer.from(chunk).toString("latin1"));
    yield chunk;
  }
}
