import { plural } from "../../../quantities.ts";
import type { Trace } from "../../trace.ts";
import { latencyOf, type NamedTrace } from "../named.ts";
import type { Case, Rule } from "./finding.ts";

/* Requests that failed, and ends that came early. */

/** The most that is shown of a text from the trace, in characters. */
const longestError = 200;

export const errors: Rule = {
  id: "errors",
  level: "wrong",
  *find({ trace, names }) {
    for (const request of trace.requests) {
      if (request.outcome !== "error") continue;
      const { command, action, size, error } = request;
      const detail = `${command}: ${error.slice(0, longestError)}`;
      yield {
        request,
        package: names.of(action)?.package ?? "",
        time: latencyOf(request),
        bytes: size,
        detail,
      };
    }
  },
  what: ({ count, details }) =>
    `${plural(count, "request was", "requests were")} answered with an error: ${listed(details)}.`,
  why: "go takes an error of a get for a miss, without a word. An error of a put can end the build: go needs what it puts of an index.",
  advice:
    "Look at the program's stderr. A program that can't reach its storage should answer with a miss, and store puts locally.",
};

export const lost: Rule = {
  id: "lost",
  level: "wrong",
  *find(named) {
    if (!wasInterrupted(named.trace) && firstEnd(named.trace) === "stdout") yield* lostRequests(named);
  },
  what: ({ count }) => `${plural(count, "request")} never got a response.`,
  why: "The program ended without them, and so go ended, too.",
  advice:
    "Look at the program's stderr, and at what it did then. `cacheprogw check -- PROGRAM` may find it under control.",
};

export const goEnded: Rule = {
  id: "go-ended",
  level: "note",
  *find(named) {
    if (!wasInterrupted(named.trace) && firstEnd(named.trace) === "stdin") yield* lostRequests(named);
  },
  what: ({ count }) => `go ended while ${plural(count, "request was", "requests were")} in flight.`,
  why: "go was killed, or gave up for another reason. It ends without waiting for responses then.",
  advice: "Look at what go printed, and at time limits of CI.",
};

export const cut: Rule = {
  id: "cut",
  level: "note",
  *find({ trace }) {
    if (firstEnd(trace) === undefined) yield nothing;
  },
  what: ({ count, traces }) =>
    traces === 1
      ? "The trace ends in the middle."
      : `${plural(count, "trace ends", "traces end")} in the middle.`,
  why: "The recorder was killed, or the disk was full, or the build is still running. Requests without a response may have got one, and there is no action graph.",
  advice: "If the build has ended, record it again.",
};

function* lostRequests({ trace, names }: NamedTrace): Iterable<Case> {
  const hasEnded = trace.others.some(({ kind }) => kind === "exit" || kind === "end");
  for (const request of trace.requests) {
    if (request.outcome !== "lost") continue;
    // A program may end instead of answering close.
    if (request.command === "close" && hasEnded) continue;
    yield { request, package: names.of(request.action)?.package ?? "", time: latencyOf(request), bytes: 0 };
  }
}

/** What ended first: go closed stdin, or the program closed its stdout or ended; undefined for a trace that doesn't say. */
function firstEnd({ others }: Trace): "stdin" | "stdout" | undefined {
  const first = others.find((event) => event.kind === "exit" || event.kind === "end");
  return first === undefined ? undefined : first.kind === "end" ? first.of : "stdout";
}

function wasInterrupted({ others }: Trace): boolean {
  return others.some(({ kind }) => kind === "signal");
}

export const killed: Rule = {
  id: "killed",
  level: "wrong",
  *find({ trace }) {
    for (const event of trace.others)
      if (event.kind === "exit" && event.signal !== undefined && !wasInterrupted(trace))
        yield { ...nothing, detail: event.signal };
  },
  what: ({ details, count }) =>
    `The cache program was killed by ${listed(details)}${count === 1 ? "" : `, ${count} times`}.`,
  why: "Something other than go or Ctrl-C ended it: the system was out of memory, a time limit of CI, or a crash of the program.",
  advice: "Look at the program's stderr and at the system's log, such as dmesg for an out-of-memory kill.",
};

export const interrupted: Rule = {
  id: "interrupted",
  level: "note",
  *find({ trace }) {
    const event = trace.others.find(({ kind }) => kind === "signal");
    if (event?.kind === "signal") yield { ...nothing, detail: event.name };
  },
  what: ({ details, count, traces }) =>
    `${traces === 1 ? "The build was" : plural(count, "go process was", "go processes were")} interrupted by ${listed(details)}.`,
  why: "Requests that were in flight then have no response.",
  advice: "Record again if the trace should show a whole build.",
};

export const earlyDeath: Rule = {
  id: "early-death",
  level: "wrong",
  *find({ trace }) {
    const end = trace.others.find(({ kind }) => kind === "exit" || kind === "end");
    if (end === undefined || wasInterrupted(trace) || firstEnd(trace) === "stdin") return;
    // From close on, a program may end when it likes.
    if (trace.requests.some(({ command, sent }) => command === "close" && sent <= end.at)) return;
    const exit = trace.others.find((event) => event.kind === "exit");
    if (exit?.signal !== undefined) return; // killed says so
    yield { ...nothing, ...(exit?.code === undefined ? {} : { detail: `exit code ${exit.code}` }) };
  },
  what: ({ count, details, traces }) => {
    const when = details.length === 0 ? "" : `, with ${listed(details)}`;
    return `The cache program ended before go was done${when}${traces === 1 ? "" : `, in ${plural(count, "go process", "go processes")}`}.`;
  },
  why: "go ends at once then: GOCACHEPROG exited pre-Close. A program has to stay until go has closed its stdin.",
  advice: "Look at the program's stderr. To see it again under control, run `cacheprogw check -- PROGRAM`.",
};

export const notMessages: Rule = {
  id: "no-message",
  level: "wrong",
  *find({ trace }) {
    for (const event of trace.others)
      if (event.kind === "raw" && event.from === "program")
        yield { ...nothing, detail: event.why.slice(0, longestError) };
  },
  what: ({ details }) => `The program wrote something that is no response: ${listed(details)}.`,
  why: "go ends at the first byte on the program's stdout that it can't read.",
  advice: "Write logs to stderr. `cacheprogw check -- PROGRAM` shows what is on stdout.",
};

const nothing: Case = { package: "", time: 0, bytes: 0 };

/** A few of many texts. */
function listed(texts: readonly string[]): string {
  const most = 3;
  const shown = texts.slice(0, most).join("; ");
  return texts.length > most ? `${shown}; and ${plural(texts.length - most, "other")}` : shown;
}
