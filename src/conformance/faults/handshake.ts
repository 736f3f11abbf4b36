import { writeSync } from "node:fs";
import { serve } from "../../server/serve.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { everyMiss } from "./answers.ts";

/** Programs that go wrong before the first request, or with messages that look like a hello. */
export const handshakeFaults: readonly Fault[] = [
  {
    name: "hello-id",
    sentence: "The hello has ID 1.",
    fails: ["handshake/hello"],
    go: "fatal",
    play: (store) =>
      serveThrough(store, (answer, index) => (index === 0 ? answer.replace('"ID":0', '"ID":1') : answer)),
  },
  {
    name: "hello-twice",
    sentence: "The hello is sent once more after every 100th miss.",
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
    play(store) {
      const isDue = everyMiss(100);
      let hello = "";
      return serveThrough(store, (answer, index) => {
        if (index === 0) hello = answer;
        return isDue(answer) ? answer + hello : answer;
      });
    },
  },
  {
    name: "hello-without-commands",
    sentence: "The hello is no more than ID 0.",
    fails: ["handshake/hello"],
    go: "fatal",
    play: (store) => withHello(store, '{"ID":0}\n'),
  },
  {
    name: "hello-empty",
    sentence: "The hello is an object without fields.",
    fails: ["handshake/hello"],
    go: "fatal",
    play: (store) => withHello(store, "{}\n"),
  },
  {
    name: "hello-null",
    sentence: "The hello is null.",
    fails: ["handshake/hello"],
    go: "fatal",
    play: (store) => withHello(store, "null\n"),
  },
  {
    name: "hello-slow",
    sentence: "The hello takes more than a second.",
    fails: ["handshake/prompt"],
    go: "slow",
    async play(store) {
      await Bun.sleep(1_050);
      await serveWith(store, {});
    },
  },
  {
    name: "exits-at-once",
    sentence: "The program exits before it has said anything.",
    fails: ["handshake/unprompted", "handshake/hello"],
    go: "fatal",
    async play() {},
  },
  {
    name: "hello-late",
    sentence: "The hello comes only after the first byte on stdin.",
    fails: ["handshake/unprompted", "handshake/hello"],
    go: "hang",
    async play(store) {
      const input = Bun.stdin.stream()[Symbol.asyncIterator]();
      const first = await input.next();
      await serveWith(
        store,
        {},
        {
          input: (async function* () {
            for (let next = first; !next.done; next = await input.next()) yield next.value;
          })(),
        },
      );
    },
  },
  {
    name: "log-object-first",
    sentence: "A line of log, which is a JSON object, comes on stdout before the hello.",
    fails: ["handshake/hello"],
    go: "fatal",
    async play(store) {
      writeSync(1, '{"level":"info","msg":"cache ready"}\n');
      await serveWith(store, {});
    },
  },
  {
    name: "log-first",
    sentence: "A line of log text comes on stdout before the hello.",
    fails: ["handshake/hello"],
    go: "fatal",
    async play(store) {
      writeSync(1, "cache ready\n");
      await serveWith(store, {});
    },
  },
  {
    name: "without-get",
    sentence: "The program has no get.",
    fails: ["handshake/commands"],
    go: "rebuilds",
    play: (store) => serve({ put: (request) => store.put(request), close: () => store.close() }),
  },
  {
    name: "without-put",
    sentence: "The program has no put.",
    fails: ["handshake/commands"],
    go: "rebuilds",
    play: (store) => serve({ get: (request) => store.get(request), close: () => store.close() }),
  },
  {
    name: "without-close",
    sentence: "The program has no close.",
    fails: ["handshake/commands"],
    go: "nothing",
    play: (store) => serve({ get: (request) => store.get(request), put: (request) => store.put(request) }),
  },
  {
    name: "commands-in-upper-case",
    sentence: "The hello lists GET, PUT and CLOSE.",
    fails: ["handshake/commands"],
    go: "rebuilds",
    play: (store) => withHello(store, '{"ID":0,"KnownCommands":["GET","PUT","CLOSE"]}\n'),
  },
  {
    name: "commands-twice",
    sentence: "The hello lists get twice.",
    fails: ["handshake/commands"],
    go: "nothing",
    play: (store) => withHello(store, '{"ID":0,"KnownCommands":["get","get","put","close"]}\n'),
  },
];

function withHello(store: DiskStore, hello: string): Promise<void> {
  return serveThrough(store, (answer, index) => (index === 0 ? hello : answer));
}
