import type { Check } from "../check.ts";
import { ask } from "../conversation/calls.ts";
import { answers, newAction, newActions, sendGets } from "../conversation/context.ts";
import { Finding, require } from "../finding.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, Response.KnownCommands";

/** What a program says before it is asked. */
export const handshake: readonly Check[] = [
  {
    id: "handshake/unprompted",
    level: "must",
    sentence: "The program says hello by itself; it does not wait for a request, or for the end of stdin.",
    basis: "cmd/go/internal/cache/prog.go, startCacheProg",
    quote: documented.greets,
    confirmedBy: "hello-late",
    go: { outcome: "hang", text: "go build would wait for ever, and say so every 5 s" },
    needs: [],
    beforeHello: true,
    async run(trial) {
      await trial.spawn().firstOutput();
      return undefined;
    },
  },
  {
    id: "handshake/hello",
    level: "must",
    sentence: "The first thing on stdout is a JSON object with ID 0 and the commands that the program knows.",
    basis: documentation,
    quote: documented.greets,
    confirmedBy: "hello-empty",
    go: {
      outcome: "fatal",
      text: "go build would stop with: declared no supported commands, or: unknown request ID",
    },
    needs: [],
    beforeHello: true,
    async run(trial) {
      const { id, knownCommands } = await trial.spawn().hello();
      require(id === 0, "ID 0 in the first message", () => `ID ${id}`);
      require(knownCommands.length > 0, "commands in KnownCommands", () => "none");
      return undefined;
    },
  },
  {
    id: "handshake/prompt",
    level: "should",
    sentence: "The hello comes within a second; what takes longer is done after it.",
    basis: "cmd/go/internal/cache/prog.go, startCacheProg: this should be instant",
    go: { outcome: "slow", text: "every go command would start that much later" },
    needs: [],
    async run(trial) {
      const started = performance.now();
      await trial.spawn().hello();
      const took = performance.now() - started;
      if (took >= 1_000)
        throw new Finding("the hello within 1,000 ms", `it took ${Math.round(took)} ms`, { late: true });
      return `${Math.round(took)} ms`;
    },
  },
  {
    id: "handshake/once",
    level: "must",
    sentence: "There is one hello: no other message has ID 0.",
    basis: "cmd/go/internal/cache/prog.go, readLoop",
    quote: documented.onlyReplies,
    go: { outcome: "fatal", text: "go build would stop with: unknown request ID 0" },
    needs: ["get"],
    async run(trial) {
      const peer = await trial.start();
      // A second hello would be there before the answer to what is asked after it.
      await answers(peer, sendGets(peer, newActions(105)));
      for (let i = 0; i < 3; i++) await ask(peer, newAction());
      return undefined;
    },
  },
  {
    id: "handshake/commands",
    level: "should",
    sentence: "The hello lists get, put and close, in lower case, and nothing twice.",
    basis: documentation,
    go: {
      outcome: "nothing",
      text: "go would do without the command: no cache, nothing kept, or no chance to finish",
    },
    needs: [],
    async run(trial) {
      const { knownCommands } = await trial.spawn().hello();
      const missing = ["get", "put", "close"].filter((command) => !knownCommands.includes(command));
      if (missing.length > 0)
        throw new Finding("get, put and close in KnownCommands", `no ${missing.join(", ")}`);
      const twice = knownCommands.length !== new Set(knownCommands).size;
      require(!twice, "each command once", () => JSON.stringify(knownCommands));
      return undefined;
    },
  },
  {
    id: "handshake/extra-commands",
    level: "info",
    sentence: "The hello may list commands that go does not know yet.",
    basis: documentation,
    go: { outcome: "nothing", text: "go ignores them" },
    needs: [],
    async run(trial) {
      const { knownCommands } = await trial.spawn().hello();
      const extra = knownCommands.filter((command) => !["get", "put", "close"].includes(command));
      return extra.length === 0 ? "none" : extra.join(", ");
    },
  },
];
