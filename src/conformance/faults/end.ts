import type { Output } from "../../server/answers.ts";
import type { Handlers } from "../../server/handlers.ts";
import { standardOutput } from "../../server/stdio.ts";
import { type Fault, lateOutput, serveWith } from "../fault.ts";
import { collectAny, withBody } from "./bodies.ts";
import { closed } from "./close.ts";
import { forever, inputWithEnd } from "./input.ts";

/** Programs that end wrongly without close. */
export const endFaults: readonly Fault[] = [
  {
    name: "stays-after-stdin",
    description: "The program keeps running after the end of stdin.",
    fails: ["end/of-stdin", "persistence/without-close"],
    go: "hang",
    async run(store) {
      if (!(await closed(store))) await forever();
    },
  },
  {
    name: "keeps-half-a-body",
    description: "A body that the end of stdin cut off is stored as it is.",
    fails: ["put/wrong-size", "end/within-a-body"],
    go: "fatal",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const bytes = await collectAny(request.body);
          if (bytes.length === request.size) return store.put(withBody(request, bytes));
          const outputID = new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest());
          return store.put({ ...withBody(request, bytes), outputID });
        },
      }),
  },
  {
    name: "drops-answers-at-end-of-stdin",
    description: "The 24th and 25th gets take a second, and the program exits at once when stdin ends.",
    fails: ["end/answers"],
    go: "slow",
    run(store) {
      let gets = 0;
      const get: Handlers["get"] = async (request) => {
        gets++;
        if (gets === 24 || gets === 25) await Bun.sleep(1_000);
        return store.get(request);
      };
      return serveWith(store, { get }, { input: inputWithEnd(() => process.exit()) });
    },
  },
  {
    name: "exits-at-end-of-stdin",
    description: "A response takes 2 ms, and the program exits at once when stdin ends.",
    fails: ["end/answers"],
    go: "nothing",
    run: (store, window = 2) =>
      serveWith(store, {}, { output: lateOutput(window), input: inputWithEnd(() => process.exit()) }),
  },
  {
    name: "complains-without-reader",
    description: "The program writes to stderr that nobody reads its stdout any more.",
    fails: ["end/no-reader"],
    go: "nothing",
    run(store) {
      const output = standardOutput();
      const write: Output["write"] = async (bytes) => {
        try {
          await output.write(bytes);
        } catch (error) {
          process.stderr.write(`can't write a response: ${error}\n`);
        }
      };
      return serveWith(store, {}, { output: { write } });
    },
  },
  {
    name: "ignores-sigterm",
    description: "The program ignores SIGTERM.",
    fails: ["end/sigterm"],
    go: "nothing",
    run(store) {
      process.on("SIGTERM", () => {});
      return serveWith(store, {});
    },
  },
  {
    name: "ignores-sigint",
    description: "The program ignores SIGINT.",
    fails: ["end/sigint"],
    go: "nothing",
    run(store) {
      process.on("SIGINT", () => {});
      return serveWith(store, {});
    },
  },
];
