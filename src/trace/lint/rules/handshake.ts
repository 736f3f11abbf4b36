import type { Rule } from "../rule.ts";

/** How late the hello may be, in µs. */
const second = 1_000_000;
/** How long go may have waited for it when somebody interrupts it, in µs. */
const patience = 30 * second;
const usual: readonly string[] = ["get", "put", "close"];
const firstMessage = "a JSON object with ID 0 and KnownCommands";

export const handshakeRules: readonly Rule[] = [
  {
    id: "handshake/hello",
    of: "first message",
    hello({ commands }, judge, { hello }) {
      if (hello === undefined)
        judge.require(commands.length > 0, "at least one command in KnownCommands", () => "none");
    },
    response({ id }, judge, { hello }) {
      if (hello === undefined) judge.fail("ID 0 in the first message", `ID ${id}`);
    },
    raw({ from, why }, judge, { hello }) {
      if (hello === undefined && from === "program") judge.fail(firstMessage, why);
    },
    end({ of }, judge, { hello, isBlurred, stdinEnded }) {
      // go that was interrupted doesn't wait for the hello.
      if (of === "stdout" && hello === undefined && stdinEnded === undefined && !isBlurred)
        judge.fail(firstMessage, "the end of stdout");
    },
    signal({ at }, judge, { hello, isBlurred }) {
      if (hello === undefined && !isBlurred && at >= patience)
        judge.fail(firstMessage, `nothing in ${Math.round(at / 1e6)} s`);
    },
  },
  {
    id: "handshake/prompt",
    of: "hello",
    hello({ at }, judge, { hello }) {
      if (hello !== undefined) return;
      const took = `${Math.round(at / 1_000)} ms`;
      judge.require(at < second, "a hello within 1,000 ms", () => `it took ${took}`);
      judge.remark = took;
    },
  },
  {
    id: "handshake/once",
    of: "message",
    hello(_event, judge, { hello }) {
      judge.require(hello === undefined, "one message with ID 0", () => "a second hello");
    },
    response({ id }, judge) {
      judge.require(id !== 0, "one message with ID 0", () => "a response with ID 0");
    },
  },
  {
    id: "handshake/commands",
    of: "hello",
    hello({ commands }, judge, { hello }) {
      if (hello !== undefined || commands.length === 0) return;
      const missing = usual.filter((command) => !commands.includes(command));
      judge.require(
        missing.length === 0,
        "get, put and close in KnownCommands",
        () => `no ${missing.join(", ")}`,
      );
      const isOnce = commands.length === new Set(commands).size;
      judge.require(isOnce, "each command once", () => JSON.stringify(commands));
    },
  },
  {
    id: "handshake/extra-commands",
    of: "hello",
    hello({ commands }, judge) {
      judge.pass();
      judge.remark = commands.filter((command) => !usual.includes(command)).join(", ") || "none";
    },
  },
];
