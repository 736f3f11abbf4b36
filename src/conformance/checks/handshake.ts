import { newAction, newActions } from "../conversation/new-entry.ts";
import { answers, get, sendGets } from "../conversation/requests.ts";
import { Finding, require } from "../finding.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, Response.KnownCommands";

/** What the program sends before the first request. */
export const handshakeChecks: readonly Check[] = [
  {
    id: "handshake/unprompted",
    level: "must",
    requirement: "The program sends its hello without waiting for a request or for the end of stdin.",
    source: "cmd/go/internal/cache/prog.go, startCacheProg",
    quote: documented.greets,
    confirmedBy: "hello-late",
    go: { outcome: "hang", text: "go build would wait forever, and print a notice every 5 s" },
    needs: [],
    beforeHello: true,
    async run(context) {
      await context.spawn().firstOutput();
      return undefined;
    },
  },
  {
    id: "handshake/hello",
    level: "must",
    requirement:
      "The first message on stdout is a JSON object with ID 0 and the commands the program supports.",
    source: documentation,
    quote: documented.greets,
    confirmedBy: "hello-empty",
    go: {
      outcome: "fatal",
      text: 'go build would fail with "declared no supported commands" or "unknown request ID"',
    },
    needs: [],
    beforeHello: true,
    async run(context) {
      const { id, knownCommands } = await context.spawn().hello();
      require(id === 0, "ID 0 in the first message", () => `ID ${id}`);
      require(knownCommands.length > 0, "at least one command in KnownCommands", () => "none");
      return undefined;
    },
  },
  {
    id: "handshake/prompt",
    level: "should",
    requirement: "The hello arrives within one second; slower setup is done after it.",
    source: "cmd/go/internal/cache/prog.go, startCacheProg: this should be instant",
    go: { outcome: "slow", text: "every go command would start that much later" },
    needs: [],
    async run(context) {
      const started = performance.now();
      await context.spawn().hello();
      const took = performance.now() - started;
      if (took >= 1_000)
        throw new Finding("a hello within 1,000 ms", `it took ${Math.round(took)} ms`, { late: true });
      return `${Math.round(took)} ms`;
    },
  },
  {
    id: "handshake/once",
    level: "must",
    requirement: "There is only one hello: no later message has ID 0.",
    source: "cmd/go/internal/cache/prog.go, readLoop",
    quote: documented.onlyReplies,
    go: { outcome: "fatal", text: 'go build would fail with "unknown request ID 0"' },
    needs: ["get"],
    async run(context) {
      const peer = await context.start();
      // A second hello would arrive before the response to a later get.
      await answers(peer, sendGets(peer, newActions(105)));
      for (let i = 0; i < 3; i++) await get(peer, newAction());
      return undefined;
    },
  },
  {
    id: "handshake/commands",
    level: "should",
    requirement: "The hello lists get, put and close, in lower case, and no command twice.",
    source: documentation,
    go: {
      outcome: "nothing",
      text: "go would do without the missing command: it finds nothing, stores nothing, or doesn't send close",
    },
    needs: [],
    async run(context) {
      const { knownCommands } = await context.spawn().hello();
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
    requirement: "The hello may list commands that go doesn't know.",
    source: documentation,
    go: { outcome: "nothing", text: "go ignores them" },
    needs: [],
    async run(context) {
      const { knownCommands } = await context.spawn().hello();
      const extra = knownCommands.filter((command) => !["get", "put", "close"].includes(command));
      return extra.length === 0 ? "none" : extra.join(", ");
    },
  },
];
