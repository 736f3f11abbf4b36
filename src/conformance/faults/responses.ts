import { writeSync } from "node:fs";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { changeHits, everyMiss } from "./answers.ts";

/** Programs that send too many or too few responses, or responses with a wrong ID or form. */
export const responseFaults: readonly Fault[] = [
  {
    name: "answers-twice",
    description: "Every 102nd miss is written twice.",
    fails: [
      "handshake/once",
      "framing/every-split",
      "answers/once",
      "answers/values",
      "concurrency/512",
      "concurrency/whole-answers",
      "concurrency/unread-answers",
    ],
    go: "fatal",
    run(store) {
      const isDue = everyMiss(102);
      return serveThrough(store, (answer) => (isDue(answer) ? answer + answer : answer));
    },
  },
  {
    name: "never-answers",
    description: "Every 102nd miss is not written.",
    fails: [
      "handshake/once",
      "framing/every-split",
      "answers/once",
      "answers/values",
      "concurrency/512",
      "concurrency/whole-answers",
      "concurrency/unread-answers",
    ],
    go: "hang",
    run(store) {
      const isDue = everyMiss(102);
      return serveThrough(store, (answer) => (isDue(answer) ? "" : answer));
    },
  },
  {
    name: "tires",
    description: "A process stops answering gets after 250,000 gets.",
    fails: ["answers/300000"],
    go: "nothing",
    run(store) {
      let gets = 0;
      return serveWith(store, {
        get: (request) => (++gets > 250_000 ? new Promise(() => {}) : store.get(request)),
      });
    },
  },
  {
    name: "ids-of-32-bits",
    description: "The program stores IDs as signed 32-bit integers.",
    fails: ["answers/id", "answers/id-of-64-bits"],
    go: "nothing",
    run: (store) => serveThrough(store, (answer) => withID(answer, (id) => BigInt.asIntN(32, id))),
  },
  {
    name: "ids-as-doubles",
    description: "The program stores IDs as doubles, which lose digits beyond 2^53.",
    fails: ["answers/id-of-64-bits"],
    go: "nothing",
    run: (store) => serveThrough(store, (answer) => withID(answer, (id) => BigInt(Number(id)))),
  },
  {
    name: "ids-in-order",
    description: "A get whose ID is lower than an earlier one is never answered.",
    fails: ["answers/id-order"],
    go: "hang",
    run(store) {
      let last = 0n;
      return serveWith(store, {
        get(request) {
          const id = BigInt(request.id);
          if (id < last) return new Promise(() => {});
          last = id;
          return store.get(request);
        },
      });
    },
  },
  {
    name: "logs-to-stdout",
    description: "The program logs a second put of an action to stdout.",
    fails: [
      "answers/nothing-else",
      "time/of-last-put",
      "file/held-open",
      "file/replaced-action",
      "environment/quiet",
    ],
    go: "nothing",
    run(store) {
      const known = new Set<string>();
      return serveWith(store, {
        put(request) {
          const action = request.actionID.toHex();
          if (known.has(action)) writeSync(1, `replacing ${action}\n`);
          known.add(action);
          return store.put(request);
        },
      });
    },
  },
  {
    name: "size-with-exponent",
    description: "The Size of a hit has an exponent from a million on.",
    fails: ["answers/values"],
    go: "fatal",
    run: (store) =>
      serveThrough(store, (answer) =>
        answer.replace(/"Size":(\d{7,})/, (_, size) => `"Size":${Number(size).toExponential()}`),
      ),
  },
  {
    name: "size-as-text",
    description: "The Size of a hit is a string from a million on.",
    fails: ["answers/values"],
    go: "fatal",
    run: (store) => serveThrough(store, (answer) => answer.replace(/"Size":(\d{7,})/, '"Size":"$1"')),
  },
  {
    name: "miss-as-number",
    description: "Every 100th miss has Miss: 1.",
    fails: [
      "handshake/once",
      "framing/every-split",
      "answers/once",
      "answers/values",
      "concurrency/512",
      "concurrency/whole-answers",
      "concurrency/unread-answers",
    ],
    go: "fatal",
    run(store) {
      const isDue = everyMiss(100);
      return serveThrough(store, (answer) =>
        isDue(answer) ? answer.replace('"Miss":true', '"Miss":1') : answer,
      );
    },
  },
  {
    name: "output-id-in-url-alphabet",
    description: "The OutputID of an empty body is base64 in the URL alphabet.",
    fails: ["answers/values", "get/empty-body", "put/read-back", "put/replaced-by-nothing"],
    go: "fatal",
    run: (store) =>
      changeHits(store, ({ Size = 0, ...hit }) =>
        Size === 0
          ? { ...hit, OutputID: hit.OutputID.replaceAll("+", "-").replaceAll("/", "_") }
          : { ...hit, Size },
      ),
  },
  {
    name: "output-id-without-padding",
    description: "The OutputID of an empty body is base64 without padding.",
    fails: ["answers/values", "get/empty-body", "put/read-back", "put/replaced-by-nothing"],
    go: "fatal",
    run: (store) =>
      changeHits(store, ({ Size = 0, ...hit }) =>
        Size === 0 ? { ...hit, OutputID: hit.OutputID.replace("=", "") } : { ...hit, Size },
      ),
  },
  {
    name: "no-newline",
    description: "No newline follows a miss.",
    fails: ["answers/lines"],
    go: "nothing",
    run: (store) => serveThrough(store, (answer) => answer.replace('"Miss":true}\n', '"Miss":true}')),
  },
  {
    name: "several-lines",
    description: "A miss is spread over several lines.",
    fails: ["answers/lines"],
    go: "nothing",
    run: (store) =>
      serveThrough(store, (answer) => answer.replace(',"Miss":true}\n', ',\n  "Miss": true\n}\n')),
  },
  {
    name: "names-in-lower-case",
    description: "Field names start with a lower-case letter.",
    fails: ["answers/names"],
    go: "nothing",
    run: (store) =>
      serveThrough(store, (answer) =>
        answer.replace(/"(Miss|OutputID|DiskPath)":/g, (name) =>
          name.replace(/[A-Z]/, (c) => c.toLowerCase()),
        ),
      ),
  },
  {
    name: "id-twice",
    description: "The response to a get has two IDs; the second is right.",
    fails: ["answers/names"],
    go: "nothing",
    run: (store) =>
      serveThrough(store, (answer) =>
        /"Miss"|"OutputID"/.test(answer) ? answer.replace("{", '{"ID":0,') : answer,
      ),
  },
];

function withID(answer: string, change: (id: bigint) => bigint): string {
  return answer.replace(/"ID":(-?\d+)/, (_, id) => `"ID":${change(BigInt(id))}`);
}
