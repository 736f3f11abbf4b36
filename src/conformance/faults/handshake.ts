import { writeSync } from "node:fs";
import { serve } from "../../server/serve.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { everyMiss } from "./answers.ts";

/** Programs with a faulty handshake, or with a second hello. */
export const handshakeFaults: readonly Fault[] = [
  {
    name: "hello-id",
    description: "The hello has ID 1.",
    fails: ["handshake/hello"],
    go: "fatal",
    run: (store) =>
      serveThrough(store, (answer, index) => (index === 0 ? answer.replace('"ID":0', '"ID":1') : answer)),
  },
  {
    name: "hello-twice",
    description: "The program sends its hello again after every 100th miss.",
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
      let hello = "";
      return serveThrough(store, (answer, index) => {
        if (index === 0) hello = answer;
        return isDue(answer) ? answer + hello : answer;
      });
    },
  },
  {
    name: "hello-without-commands",
    description: "The hello has ID 0 and no other field.",
    fails: ["handshake/hello"],
    go: "fatal",
    run: (store) => withHello(store, '{"ID":0}\n'),
  },
  {
    name: "hello-empty",
    description: "The hello is an empty object.",
    fails: ["handshake/hello"],
    go: "fatal",
    run: (store) => withHello(store, "{}\n"),
  },
  {
    name: "hello-null",
    description: "The hello is null.",
    fails: ["handshake/hello"],
    go: "fatal",
    run: (store) => withHello(store, "null\n"),
  },
  {
    name: "hello-slow",
    description: "The hello comes after more than a second.",
    fails: ["handshake/prompt"],
    go: "slow",
    async run(store) {
      await Bun.sleep(1_050);
      await serveWith(store, {});
    },
  },
  {
    name: "exits-at-once",
    description: "The program exits without writing anything.",
    fails: ["handshake/unprompted", "handshake/hello"],
    go: "fatal",
    async run() {},
  },
  {
    name: "hello-late",
    description: "The hello comes only after the first byte on stdin.",
    fails: ["handshake/unprompted", "handshake/hello"],
    go: "hang",
    async run(store) {
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
    description: "The program logs a JSON object to stdout before the hello.",
    fails: ["handshake/hello"],
    go: "fatal",
    async run(store) {
      writeSync(1, '{"level":"info","msg":"cache ready"}\n');
      await serveWith(store, {});
    },
  },
  {
    name: "log-first",
    description: "The program logs a line of text to stdout before the hello.",
    fails: ["handshake/hello"],
    go: "fatal",
    async run(store) {
      writeSync(1, "cache ready\n");
      await serveWith(store, {});
    },
  },
  {
    name: "without-get",
    description: "The hello lists no get.",
    fails: ["handshake/commands"],
    go: "rebuilds",
    run: (store) => serve({ put: (request) => store.put(request), close: () => store.close() }),
  },
  {
    name: "without-put",
    description: "The hello lists no put.",
    fails: ["handshake/commands"],
    go: "rebuilds",
    run: (store) => serve({ get: (request) => store.get(request), close: () => store.close() }),
  },
  {
    name: "without-close",
    description: "The hello lists no close.",
    fails: ["handshake/commands"],
    go: "nothing",
    run: (store) => serve({ get: (request) => store.get(request), put: (request) => store.put(request) }),
  },
  {
    name: "commands-in-upper-case",
    description: "The hello lists GET, PUT and CLOSE.",
    fails: ["handshake/commands"],
    go: "rebuilds",
    run: (store) => withHello(store, '{"ID":0,"KnownCommands":["GET","PUT","CLOSE"]}\n'),
  },
  {
    name: "commands-twice",
    description: "The hello lists get twice.",
    fails: ["handshake/commands"],
    go: "nothing",
    run: (store) => withHello(store, '{"ID":0,"KnownCommands":["get","get","put","close"]}\n'),
  },
];

function withHello(store: DiskStore, hello: string): Promise<void> {
  return serveThrough(store, (answer, index) => (index === 0 ? hello : answer));
}
