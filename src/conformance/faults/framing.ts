import { writeSync } from "node:fs";
import { join } from "node:path";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { changeHits, everyMiss } from "./answers.ts";
import { changedInput, forever, isOfRequests, limitedLines, wholeReads } from "./input.ts";

/** Programs that read their stdin in a wrong way. */
export const framingFaults: readonly Fault[] = [
  {
    name: "counts-empty-lines",
    description: "The 38th empty line of a process ends it.",
    fails: [
      "handshake/once",
      "framing/blank-line",
      "framing/no-waiting",
      "framing/every-split",
      "answers/once",
      "answers/values",
      "put/at-once",
      "file/until-close",
      "concurrency/64",
      "concurrency/512",
      "concurrency/whole-answers",
      "concurrency/unread-answers",
    ],
    mayFail: ["persistence/killed", "processes/same-action", "processes/same-entries"],
    go: "fatal",
    run(store) {
      let [count, last] = [0, ""];
      const input = changedInput((piece) => {
        count += (last + piece).split("\n\n").length - 1;
        last = piece.slice(-1);
        return count < 38 ? piece : null;
      });
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "answers-with-the-next",
    description: "Every 92nd miss is written with the next answer.",
    fails: ["framing/no-waiting"],
    go: "nothing",
    run(store) {
      const isDue = everyMiss(92);
      let kept = "";
      return serveThrough(store, (answer) => {
        const all = kept + answer;
        kept = isDue(answer) ? all : "";
        return kept === "" ? all : "";
      });
    },
  },
  {
    name: "one-body-a-read",
    description: "What comes in one read with two short bodies is lost from the second on.",
    fails: ["framing/one-write"],
    go: "nothing",
    run(store) {
      const input = changedInput((piece) => {
        const [first = "", second = "", ...rest] = piece.split(/(?<=\n"[\w+/=]{4,16}"\n)(?={)/);
        return isOfRequests(piece) && rest.length > 0 ? first + second : piece;
      });
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "object-in-pieces",
    description: "A request that comes in more than three pieces ends the program.",
    fails: ["framing/byte-by-byte", "framing/blocks"],
    go: "nothing",
    run(store) {
      let pieces = 0;
      const input = changedInput((piece) => {
        pieces = isOfRequests(piece) && !piece.includes("\n") ? pieces + 1 : 0;
        return pieces > 3 ? null : piece;
      });
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "read-is-whole",
    description:
      "Each read, of up to 4,096 bytes, is taken for whole requests: one that is cut ends the program.",
    fails: [
      "handshake/once",
      "framing/byte-by-byte",
      "framing/every-split",
      "framing/malformed",
      "answers/once",
      "answers/values",
      "put/at-once",
      "concurrency/64",
      "concurrency/512",
      "concurrency/whole-answers",
      "concurrency/unread-answers",
    ],
    // Where a read ends while 50 puts arrive depends on the load.
    mayFail: ["file/until-close"],
    go: "fatal",
    run: (store) => serveWith(store, {}, { input: wholeReads() }),
  },
  {
    name: "full-buffer",
    description: "A read of exactly 4,096 bytes ends the program.",
    fails: ["framing/blocks"],
    go: "fatal",
    run: (store) =>
      serveWith(store, {}, { input: changedInput((piece) => (piece.length === 4096 ? null : piece)) }),
  },
  {
    name: "empty-line-alone",
    description: "An empty line that comes apart from its request is taken for the end of stdin.",
    fails: ["framing/every-split"],
    go: "nothing",
    run(store) {
      let before = 0;
      const input = changedInput((piece) => {
        const isAlone = piece.startsWith("\n") && before > 100 && before < 1_000;
        before = piece.length;
        return isAlone ? null : piece;
      });
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "refuses-unknown-fields",
    description: "A field of a request that the program does not know ends it.",
    fails: ["framing/unknown-field"],
    go: "nothing",
    run(store) {
      const known = ["ID", "Command", "ActionID", "OutputID", "ObjectID", "BodySize"];
      const input = changedInput((piece) => {
        if (!isOfRequests(piece)) return piece;
        const names = [...piece.matchAll(/"(\w*)":/g)].map(([, name = ""]) => name);
        return names.every((name) => known.includes(name)) ? piece : null;
      });
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "ends-at-unknown-command",
    description: "A command that the program does not know ends it.",
    fails: ["framing/unknown-command"],
    go: "nothing",
    run(store) {
      const unknown = /"Command":"(?!get"|put"|close")\w+"/;
      const input = changedInput((piece) => (isOfRequests(piece) && unknown.test(piece) ? null : piece));
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "accepts-unknown-commands",
    description: "A command that the program does not know is answered as if it were done.",
    fails: ["framing/unknown-command"],
    go: "nothing",
    run: (store) =>
      serveThrough(store, (answer) =>
        answer.replace(/,"Err":"the command .* is not known here.*"(?=}\n)/, ""),
      ),
  },
  {
    name: "hangs-on-garbage",
    description: "After input that is no JSON the program does nothing more.",
    fails: ["framing/malformed"],
    go: "nothing",
    run(store) {
      const input = changedInput((piece) => (garbage.test(piece) ? forever() : piece));
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "ends-well-on-garbage",
    description: "Input that is no JSON ends the program with code 0.",
    fails: ["framing/malformed"],
    go: "nothing",
    run(store) {
      const input = changedInput((piece) => (garbage.test(piece) ? null : piece));
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "prints-garbage",
    description: "What the program thinks of input that is no JSON is written to stdout.",
    fails: ["framing/malformed"],
    go: "nothing",
    run(store) {
      const input = changedInput((piece) => {
        if (!garbage.test(piece)) return piece;
        writeSync(1, "error: this is no request\n");
        return null;
      });
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "knows-no-object-id",
    description: "ObjectID is ignored where a body has 20 bytes, and all zeros are stored in its place.",
    as: "go1.23",
    fails: ["framing/object-id"],
    go: "nothing",
    run(store) {
      const zeros = new Uint8Array(32);
      return changeHits(store, (hit) => (hit.Size === 20 ? { ...hit, OutputID: zeros.toBase64() } : hit));
    },
  },
];

/** A piece that begins with words. */
const garbage = /^[a-z]+ [a-z]+ /;

/** Programs that read the bodies of puts in a wrong way. */
export const bodyFaults: readonly Fault[] = [
  {
    name: "waits-for-empty-body",
    description: "A put of nothing waits for its body, for ever.",
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
    description: "The last byte of a body of two is lost.",
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
    description: "A line of more than 64 KiB ends the program.",
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
    description: "A line of more than 64 MiB ends the program.",
    fails: ["bodies/large"],
    go: "fatal",
    run: (store) => serveWith(store, {}, { input: limitedLines(64 * 1024 * 1024) }),
  },
];
