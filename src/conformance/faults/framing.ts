import { writeSync } from "node:fs";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { changeHits, everyMiss } from "./answers.ts";
import { changedInput, forever, isOfRequests, wholeReads } from "./input.ts";

/** Programs that read requests wrongly. */
export const framingFaults: readonly Fault[] = [
  {
    name: "counts-empty-lines",
    description: "The program exits at the 38th empty line.",
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
    description: "Every 92nd miss is held back until the next response.",
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
    description: "Requests that follow two short bodies in one read are lost.",
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
    description: "The program exits if a request arrives in more than three pieces.",
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
    description: "The program exits if a read of up to 4,096 bytes doesn't hold whole requests.",
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
    mayFail: ["file/until-close", "persistence/killed"],
    go: "fatal",
    run: (store) => serveWith(store, {}, { input: wholeReads() }),
  },
  {
    name: "full-buffer",
    description: "The program exits after a read of exactly 4,096 bytes.",
    fails: ["framing/blocks"],
    go: "fatal",
    run: (store) =>
      serveWith(store, {}, { input: changedInput((piece) => (piece.length === 4096 ? null : piece)) }),
  },
  {
    name: "empty-line-alone",
    description: "The program treats an empty line that arrives apart from its request as the end of stdin.",
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
    description: "The program exits at an unknown field of a request.",
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
    description: "The program exits at an unknown command.",
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
    description: "The response to an unknown command has no Err.",
    fails: ["framing/unknown-command"],
    go: "nothing",
    run: (store) => serveThrough(store, (answer) => answer.replace(/,"Err":"unknown command .*"(?=}\n)/, "")),
  },
  {
    name: "hangs-on-garbage",
    description: "The program hangs after input that isn't JSON.",
    fails: ["framing/malformed"],
    go: "nothing",
    run(store) {
      const input = changedInput((piece) => (garbage.test(piece) ? forever() : piece));
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "ends-well-on-garbage",
    description: "The program exits with code 0 if input isn't JSON.",
    fails: ["framing/malformed"],
    go: "nothing",
    run(store) {
      const input = changedInput((piece) => (garbage.test(piece) ? null : piece));
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "prints-garbage",
    description: "The program writes an error message to stdout if input isn't JSON.",
    fails: ["framing/malformed"],
    go: "nothing",
    run(store) {
      const input = changedInput((piece) => {
        if (!garbage.test(piece)) return piece;
        writeSync(1, "error: not a request\n");
        return null;
      });
      return serveWith(store, {}, { input });
    },
  },
  {
    name: "knows-no-object-id",
    description: "For a body of 20 bytes, ObjectID is ignored and the OutputID is all zeros.",
    as: "go1.23",
    fails: ["framing/object-id"],
    go: "nothing",
    run(store) {
      const zeros = new Uint8Array(32);
      return changeHits(store, (hit) => (hit.Size === 20 ? { ...hit, OutputID: zeros.toBase64() } : hit));
    },
  },
];

/** A piece that starts with words. */
const garbage = /^[a-z]+ [a-z]+ /;
