import type { Output } from "../../server/answers.ts";
import { standardOutput } from "../../server/stdio.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { changedOutput, type Fault, lateOutput, serveThrough, serveWith } from "../fault.ts";
import { changedInput, forever, watchedInput } from "./input.ts";

/** Programs that handle close wrongly. */
export const closeFaults: readonly Fault[] = [
  {
    name: "close-unanswered",
    description: "Close gets no response, and the program keeps running.",
    fails: ["close/answered"],
    go: "hang",
    run: (store) => onClose(store, forever),
  },
  {
    name: "close-waits-for-end-of-stdin",
    description: "The response to close comes only after the end of stdin.",
    fails: ["close/answered"],
    go: "hang",
    run(store) {
      const { input, end } = watchedInput();
      return onClose(store, () => end, input);
    },
  },
  {
    name: "stays-after-close",
    description: "The program keeps running after the response to close.",
    fails: ["close/ends", "close/prompt", "close/by-itself"],
    go: "hang",
    async run(store) {
      if (await closed(store)) await forever();
    },
  },
  {
    name: "close-answered-twice",
    description: "Close gets two responses.",
    fails: ["close/ends"],
    go: "fatal",
    run: (store) => serveThrough(store, (answer) => (isOfClose.test(answer) ? answer + answer : answer)),
  },
  {
    name: "close-fails",
    description: "The response to close has Err.",
    fails: ["close/no-error"],
    go: "fatal",
    run: (store) => onClose(store, () => Promise.reject(new Error("the index can't be trimmed"))),
  },
  {
    name: "close-first",
    description: "Responses that are written together with the response to close come after it.",
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
    description: "Every second response that is written together with the response to close is lost.",
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
    name: "close-overtakes",
    description: "A response takes 2 ms, and the response to close doesn't wait for it.",
    fails: ["close/earlier-requests"],
    go: "nothing",
    run: (store, window = 2) => serveWith(store, {}, { output: lateOutput(window, isOfClose) }),
  },
  {
    name: "exits-at-close",
    description: "The program exits at close without a response.",
    fails: ["close/reply"],
    go: "nothing",
    run: (store) => serveThrough(store, (answer) => (isOfClose.test(answer) ? "" : answer)),
  },
  {
    name: "lingers-after-close",
    description: "The program exits 2.5 s after the response to close.",
    fails: ["close/prompt", "close/by-itself"],
    go: "slow",
    async run(store) {
      if (await closed(store)) await Bun.sleep(2_500);
    },
  },
  {
    name: "waits-for-end-of-stdin",
    description: "After the response to close the program waits for the end of stdin.",
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
    description: "At close, the program starts a child process that keeps stdout open for 2.5 s.",
    fails: ["close/prompt", "close/stdout-released"],
    go: "slow",
    run: (store) =>
      onClose(store, async () => {
        Bun.spawn(["sleep", "2.5"], { stdin: "ignore", stdout: "inherit", stderr: "ignore" }).unref();
      }),
  },
  {
    name: "text-after-close",
    description: "The program writes a line of text to stdout after the response to close.",
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

/** A response with no field but ID. */
const isOfClose = /^\{"ID":[1-9]\d*\}\n$/;

function isClose(answer: string): boolean {
  return isOfClose.test(answer);
}

/** Serves a store, and does some work before the response to close; not at the end of stdin. */
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

/** Serves a store. @returns true after close, false after the end of stdin without close */
export async function closed(store: DiskStore): Promise<boolean> {
  let answered = false;
  const output = changedOutput((answer) => {
    answered ||= isOfClose.test(answer);
    return answer;
  });
  await serveWith(store, {}, { output });
  return answered;
}
