import { join } from "node:path";
import { type Fault, serveWith } from "../fault.ts";
import { forever, limitedLines } from "./input.ts";

/** Programs that read the bodies of puts wrongly. */
export const bodyFaults: readonly Fault[] = [
  {
    name: "waits-for-empty-body",
    description: "A put of an empty body waits forever for a body line.",
    fails: [
      "answers/values",
      "bodies/none",
      "get/empty-body",
      "put/empty-body",
      "put/read-back",
      "put/at-once",
      "file/readable",
      "put/replaced-by-nothing",
    ],
    go: "hang",
    run: (store) =>
      serveWith(store, { put: (request) => (request.size === 0 ? forever() : store.put(request)) }),
  },
  {
    name: "loses-padded-byte",
    description: "A body of two bytes loses its last byte.",
    fails: ["bodies/short"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const { diskPath } = await store.put(request);
          if (request.size !== 2) return { diskPath };
          const shortened = join(store.directory, "short");
          await Bun.write(shortened, (await Bun.file(diskPath).bytes()).subarray(0, 1));
          return { diskPath: shortened };
        },
      }),
  },
  {
    name: "lines-of-64-kib",
    description: "The program exits at a line of more than 64 KiB.",
    fails: [
      "answers/values",
      "bodies/buffer-sizes",
      "bodies/large",
      "get/size",
      "get/file",
      "get/content",
      "put/complete",
      "put/read-back",
      "file/put-again",
      "concurrency/unread-answers",
      "environment/temporary-elsewhere",
      "persistence/restart",
      "persistence/without-close",
      "persistence/killed",
      "persistence/half-a-body",
      "storage/full",
      "close/earlier-requests",
    ],
    mayFail: ["end/answers"],
    go: "fatal",
    run: (store) => serveWith(store, {}, { input: limitedLines(64 * 1024) }),
  },
  {
    name: "lines-of-64-mib",
    description: "The program exits at a line of more than 64 MiB.",
    fails: ["bodies/large"],
    go: "fatal",
    run: (store) => serveWith(store, {}, { input: limitedLines(64 * 1024 * 1024) }),
  },
];
