import type { Output } from "../../server/answers.ts";
import { standardOutput } from "../../server/stdio.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { changedOutput, type Fault, serveThrough, serveWith } from "../fault.ts";
import { changedInput, forever, watchedInput } from "./input.ts";

/** Programs that end in a wrong way when go asks them to. */
export const closeFaults: readonly Fault[] = [
  {
    name: "close-unanswered",
    description: "Close is not answered, and the program stays.",
    fails: ["close/answered"],
    go: "hang",
    run: (store) => onClose(store, forever),
  },
  {
    name: "close-waits-for-end-of-stdin",
    description: "Close is answered when stdin has ended.",
    fails: ["close/answered"],
    go: "hang",
    run(store) {
      const { input, end } = watchedInput();
      return onClose(store, () => end, input);
    },
  },
  {
    name: "stays-after-close",
    description: "After the answer to close the program stays.",
    fails: ["close/ends", "close/prompt", "close/by-itself"],
    go: "hang",
    async run(store) {
      if (await closed(store)) await forever();
    },
  },
  {
    name: "close-answered-twice",
    description: "Close is answered twice.",
    fails: ["close/ends"],
    go: "fatal",
    run: (store) => serveThrough(store, (answer) => (isOfClose.test(answer) ? answer + answer : answer)),
  },
  {
    name: "close-fails",
    description: "Close is answered with Err.",
    fails: ["close/no-error"],
    go: "fatal",
    run: (store) => onClose(store, () => Promise.reject(new Error("the index can not be trimmed"))),
  },
  {
    name: "close-first",
    description: "What is answered together with close comes after that answer.",
    fails: ["close/earlier-requests"],
    go: "nothing",
    run(store) {
      const output = standardOutput();
      const write: Output["write"] = (bytes) => {
        const answers = new TextDecoder().decode(bytes).split(/(?<=\n)/);
        const ordered = [...answers.filter(isClose), ...answers.filter((answer) => !isClose(answer))];
        return output.write(new TextEncoder().encode(ordered.join("")));
      };
      return serveWith(store, {}, { output: { write } });
    },
  },
  {
    name: "close-drops-half",
    description: "Of what is answered together with close, every second answer is lost.",
    fails: ["close/earlier-requests"],
    go: "nothing",
    run(store) {
      const output = standardOutput();
      const write: Output["write"] = (bytes) => {
        const answers = new TextDecoder().decode(bytes).split(/(?<=\n)/);
        const left = answers.some(isClose)
          ? answers.filter((answer, at) => isClose(answer) || at % 2 === 1)
          : answers;
        return output.write(new TextEncoder().encode(left.join("")));
      };
      return serveWith(store, {}, { output: { write } });
    },
  },
  {
    name: "exits-at-close",
    description: "Close ends the program, without an answer.",
    fails: ["close/reply"],
    go: "nothing",
    run: (store) => serveThrough(store, (answer) => (isOfClose.test(answer) ? "" : answer)),
  },
  {
    name: "lingers-after-close",
    description: "The program exits 2.5 s after the answer to close.",
    fails: ["close/prompt", "close/by-itself"],
    go: "slow",
    async run(store) {
      if (await closed(store)) await Bun.sleep(2_500);
    },
  },
  {
    name: "waits-for-end-of-stdin",
    description: "After the answer to close the program waits for the end of stdin.",
    fails: ["close/by-itself"],
    go: "nothing",
    async run(store) {
      const { input, end } = watchedInput();
      await serveWith(store, {}, { input });
      await end;
    },
  },
  {
    name: "child-keeps-stdout",
    description: "Close starts a program that has the same stdout, and 2.5 s to do.",
    fails: ["close/prompt", "close/stdout-released"],
    go: "slow",
    run: (store) =>
      onClose(store, async () => {
        Bun.spawn(["sleep", "2.5"], { stdin: "ignore", stdout: "inherit", stderr: "ignore" }).unref();
      }),
  },
  {
    name: "text-after-close",
    description: "A line of text comes on stdout after the answer to close.",
    fails: ["close/no-text"],
    go: "nothing",
    run: (store) =>
      serveThrough(store, (answer) => (isOfClose.test(answer) ? `${answer}cache closed\n` : answer)),
  },
  {
    name: "exit-code-1",
    description: "The exit code is 1.",
    fails: ["close/exit-code"],
    go: "nothing",
    async run(store) {
      await serveWith(store, {});
      process.exitCode = 1;
    },
  },
];

/** An answer without any field but ID. */
const isOfClose = /^\{"ID":[1-9]\d*\}\n$/;

function isClose(answer: string): boolean {
  return isOfClose.test(answer);
}

/** Serves a store soundly, but for what is done before close is answered; the end of stdin is not close. */
function onClose(
  store: DiskStore,
  work: () => Promise<void>,
  source?: AsyncIterable<Uint8Array>,
): Promise<void> {
  let asked = false;
  const input = changedInput((piece) => {
    asked ||= piece.includes('"Command":"close"');
    return piece;
  }, source);
  return serveWith(store, { close: async () => (asked ? work() : undefined) }, { input });
}

/** Serves a store soundly. @returns whether it was closed; otherwise stdin has ended */
export async function closed(store: DiskStore): Promise<boolean> {
  let answered = false;
  const output = changedOutput((answer) => {
    answered ||= isOfClose.test(answer);
    return answer;
  });
  await serveWith(store, {}, { output });
  return answered;
}
