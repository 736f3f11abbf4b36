import type { Output } from "../../server/answers.ts";
import { standardOutput } from "../../server/stdio.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveWith } from "../fault.ts";

/** Programs that fail when many requests are pending. */
export const concurrencyFaults: readonly Fault[] = [
  {
    name: "48-at-once",
    description: "A get that arrives while 48 gets are pending is never answered.",
    fails: [
      "handshake/once",
      "answers/once",
      "answers/values",
      "concurrency/64",
      "concurrency/512",
      "concurrency/whole-answers",
      "concurrency/unread-answers",
    ],
    go: "hang",
    run: (store) => limited(store, 48),
  },
  {
    name: "256-at-once",
    description: "A get that arrives while 256 gets are pending is never answered.",
    fails: ["concurrency/512", "concurrency/unread-answers"],
    go: "hang",
    run: (store) => limited(store, 256),
  },
  {
    name: "mixes-answers",
    description: "When more than 150 responses are written at once, the first two are interleaved.",
    fails: ["concurrency/512", "concurrency/whole-answers", "concurrency/unread-answers"],
    go: "fatal",
    run(store) {
      const output = standardOutput();
      const write: Output["write"] = (bytes) => {
        const text = new TextDecoder().decode(bytes);
        const [first = "", second = "", ...rest] = text.split(/(?<=\n)/);
        if (rest.length < 150) return output.write(bytes);
        const mixed = [first.slice(0, 8), second, first.slice(8), ...rest].join("");
        return output.write(new TextEncoder().encode(mixed));
      };
      return serveWith(store, {}, { output: { write } });
    },
  },
  {
    name: "gives-up-unread",
    description: "Responses are thrown away if more than 256 KiB of them are written at once.",
    fails: ["concurrency/unread-answers"],
    go: "nothing",
    run(store) {
      const output = standardOutput();
      const write: Output["write"] = (bytes) => (bytes.length > 256 * 1024 ? undefined : output.write(bytes));
      return serveWith(store, {}, { output: { write } });
    },
  },
];

/** Serves a store, but never answers a get that arrives while `most` gets are pending. */
function limited(store: DiskStore, most: number): Promise<void> {
  let pending = 0;
  const get = async (request: Parameters<DiskStore["get"]>[0]) => {
    if (pending >= most) return new Promise<null>(() => {});
    pending++;
    await new Promise((resolve) => setImmediate(resolve));
    pending--;
    return store.get(request);
  };
  return serveWith(store, { get });
}
