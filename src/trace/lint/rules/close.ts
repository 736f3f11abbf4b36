import type { Rule } from "../rule.ts";
import { excerpt } from "./answers.ts";

/** How late the end of stdout, or of the program after a signal, may be, in µs. */
const soon = 2_000_000;
/** How long go may have waited for a response when somebody interrupts it, in µs. */
const patience = 30_000_000;

const prompt = "the end of stdout within 2 s of the response to close";
const closed = "a response to close, or the end of the program, before stdin ends";

/** The end of a conversation: close, the end of stdin, signals. */
export const closeRules: readonly Rule[] = [
  {
    id: "close/answered",
    of: "close",
    close: (_answered, judge) => judge.pass(),
    end({ of }, judge, { closeSent, closeAnswered, stdoutEnded, stdinEnded, isBlurred }) {
      if (closeSent === undefined || closeAnswered !== undefined || isBlurred) return;
      if (of === "stdout" && stdinEnded === undefined) judge.pass();
      else if (of === "stdin" && stdoutEnded === undefined) judge.fail(closed, "neither");
    },
    signal({ at }, judge, { closeSent, closeAnswered, stdoutEnded, isBlurred }) {
      const isOpen = closeAnswered === undefined && stdoutEnded === undefined && !isBlurred;
      if (closeSent !== undefined && isOpen && at - closeSent >= patience)
        judge.fail(closed, `neither in ${Math.round((at - closeSent) / 1e6)} s`);
    },
  },
  {
    id: "close/reply",
    of: "close",
    close: (_answered, judge) => judge.pass(),
    end({ of }, judge, { closeSent, closeAnswered, isBlurred }) {
      if (of === "stdout" && closeSent !== undefined && closeAnswered === undefined && !isBlurred)
        judge.fail("a response to close", "the end of stdout");
    },
  },
  {
    id: "close/ends",
    of: "close",
    close: (_answered, judge) => judge.pass(),
    response({ id }, judge, { closeAnswered }) {
      if (closeAnswered !== undefined)
        judge.fail("no response after that to close", `a response with ID ${id}`);
    },
  },
  {
    id: "close/no-error",
    of: "close",
    close: ({ response: { error } }, judge) =>
      judge.require(!error, "a response to close without Err", () => `Err ${JSON.stringify(error)}`),
  },
  {
    id: "close/earlier-requests",
    of: "close",
    close({ request }, judge, { open }) {
      const earlier = [...open.values()].filter(({ number }) => number < request.number);
      const ids = () => earlier.map(({ event }) => event.id).join(", ");
      judge.require(
        earlier.length === 0,
        "responses to all earlier requests before that to close",
        () => `none to request ${ids()}`,
      );
    },
  },
  {
    id: "close/prompt",
    of: "end of stdout after a response to close",
    end({ of, at }, judge, { closeAnswered, signal }) {
      if (of !== "stdout" || closeAnswered === undefined || signal !== undefined) return;
      const took = at - closeAnswered;
      judge.require(took <= soon, prompt, () => `it came after ${(took / 1e6).toFixed(1)} s`);
    },
    signal({ at }, judge, { closeAnswered, stdoutEnded, signal }) {
      if (closeAnswered === undefined || stdoutEnded !== undefined || signal !== undefined) return;
      const took = at - closeAnswered;
      if (took > soon) judge.fail(prompt, `not after ${(took / 1e6).toFixed(1)} s`);
    },
  },
  {
    id: "close/no-text",
    of: "close",
    close: (_answered, judge) => judge.pass(),
    raw(event, judge, { closeSent }) {
      if (event.from === "program" && closeSent !== undefined)
        judge.fail("nothing but responses on stdout", excerpt(event));
    },
  },
  {
    id: "close/exit-code",
    of: "exit",
    exit({ code, signal: killedBy }, judge, { closeSent, stdinEnded, signal }) {
      if (signal !== undefined || (closeSent === undefined && stdinEnded === undefined)) return;
      const last = closeSent === undefined ? "the end of stdin" : "close";
      judge.require(code === 0, `exit code 0 after ${last}`, () =>
        killedBy === undefined ? `exit code ${code}` : `killed by ${killedBy}`,
      );
    },
  },
  {
    id: "end/answers",
    of: "request that was in flight at the end of stdin",
    response(_event, judge, { stdinEnded, isBlurred }, request) {
      if (request !== undefined && stdinEnded !== undefined && !isBlurred) judge.pass();
    },
    end({ of }, judge, { open, stdinEnded, isBlurred }) {
      if (of !== "stdout" || stdinEnded === undefined || isBlurred) return;
      for (const { event } of open.values())
        judge.fail(`a response to request ${event.id}`, "the end of stdout");
    },
  },
  ...(["SIGTERM", "SIGINT"] as const).map(
    (name): Rule => ({
      id: `end/${name.toLowerCase()}`,
      of: name,
      exit({ at }, judge, { signal }) {
        if (signal?.name !== name) return;
        const took = at - signal.at;
        judge.require(
          took <= soon,
          `an exit within 2 s of ${name}`,
          () => `it came after ${(took / 1e6).toFixed(1)} s`,
        );
      },
    }),
  ),
];
