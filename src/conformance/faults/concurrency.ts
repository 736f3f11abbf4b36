import type { Output } from "../../server/answers.ts";
import { standardOutput } from "../../server/stdio.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveWith } from "../fault.ts";

/** Programs that go wrong when much is asked at once. */
export const concurrencyFaults: readonly Fault[] = [
  {
    name: "48-at-once",
    description: "Gets beyond 48 that wait for their answers are never answered.",
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
    description: "Gets beyond 256 that wait for their answers are never answered.",
    fails: ["concurrency/512", "concurrency/unread-answers"],
    go: "hang",
    run: (store) => limited(store, 256),
  },
  {
    name: "mixes-answers",
    description: "Of more than 150 answers that are written at once, the first two are mixed.",
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
    description: "More than 256 KiB of answers that wait to be read are thrown away.",
    fails: ["concurrency/unread-answers"],
    go: "nothing",
    run(store) {
      const output = standardOutput();
      const write: Output["write"] = (bytes) => (bytes.length > 256 * 1024 ? undefined : output.write(bytes));
      return serveWith(store, {}, { output: { write } });
    },
  },
];

/** Serves a store that forgets the gets that come while so many are under way. */
function limited(store: DiskStore, most: number): Promise<void> {
  let underWay = 0;
  const get = async (request: Parameters<DiskStore["get"]>[0]) => {
    if (underWay >= most) return new Promise<null>(() => {});
    underWay++;
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    return store.get(request);
  };
  return serveWith(store, { get });
}
