import type { Output } from "../../server/answers.ts";
import type { Handlers } from "../../server/handlers.ts";
import { standardOutput } from "../../server/stdio.ts";
import { type Fault, serveWith } from "../fault.ts";
import { collectAny, withBody } from "./bodies.ts";
import { closed } from "./close.ts";
import { forever, inputWithEnd } from "./input.ts";

/** Programs that end in a wrong way when nobody asks. */
export const endFaults: readonly Fault[] = [
  {
    name: "stays-after-stdin",
    description: "The end of stdin does not end the program.",
    fails: ["end/of-stdin", "persistence/without-close"],
    go: "hang",
    async run(store) {
      if (!(await closed(store))) await forever();
    },
  },
  {
    name: "keeps-half-a-body",
    description: "A body that the end of stdin has cut off is kept as it is.",
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
    description: "The 24th and the 25th get take a second, and the end of stdin ends the program at once.",
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
    name: "complains-without-reader",
    description: "An answer that nobody reads any more is reported on stderr.",
    fails: ["end/no-reader"],
    go: "nothing",
    run(store) {
      const output = standardOutput();
      const write: Output["write"] = async (bytes) => {
        try {
          await output.write(bytes);
        } catch (error) {
          process.stderr.write(`an answer can not be written: ${error}\n`);
        }
      };
      return serveWith(store, {}, { output: { write } });
    },
  },
  {
    name: "ignores-sigterm",
    description: "SIGTERM is ignored.",
    fails: ["end/sigterm"],
    go: "nothing",
    run(store) {
      process.on("SIGTERM", () => {});
      return serveWith(store, {});
    },
  },
  {
    name: "ignores-sigint",
    description: "SIGINT is ignored.",
    fails: ["end/sigint"],
    go: "nothing",
    run(store) {
      process.on("SIGINT", () => {});
      return serveWith(store, {});
    },
  },
];
