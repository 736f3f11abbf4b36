import { plural } from "../../../quantities.ts";
import { latencyOf } from "../named.ts";
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
  *find({ trace, names }) {
    for (const request of trace.requests) {
      if (request.outcome !== "lost") continue;
      yield { request, package: names.of(request.action)?.package ?? "", time: latencyOf(request), bytes: 0 };
    }
  },
  what: ({ count }) => `${plural(count, "request", "requests")} never got a response.`,
  why: "go waits for a response without a time limit. If the program had ended, go ended with it.",
  advice:
    "If go was interrupted, this is no fault. Otherwise look at what the program did then: `cacheprogw check -- PROGRAM`.",
};

export const killed: Rule = {
  id: "killed",
  level: "wrong",
  *find({ trace }) {
    const told = trace.others.some(({ kind }) => kind === "signal");
    for (const event of trace.others)
      if (event.kind === "exit" && event.signal !== undefined && !told)
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
    `${count === 1 && traces === 1 ? "The build" : plural(count, "go process", "go processes")} was interrupted by ${listed(details)}.`,
  why: "Requests that were in flight then have no response.",
  advice: "Record again if the trace should show a whole build.",
};

export const earlyDeath: Rule = {
  id: "early-death",
  level: "wrong",
  *find({ trace }) {
    const isClosed = trace.requests.some(({ command, outcome }) => command === "close" && outcome !== "lost");
    if (isClosed || trace.others.some(({ kind }) => kind === "signal")) return;
    const ends = trace.others.filter((event) => event.kind === "exit" || event.kind === "end");
    const [first] = ends;
    if (first === undefined || (first.kind === "end" && first.of === "stdin")) return;
    const code = ends.find((event) => event.kind === "exit")?.code;
    yield { ...nothing, ...(code === undefined ? {} : { detail: `exit code ${code}` }) };
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
        yield { ...nothing, bytes: event.length, detail: event.why.slice(0, longestError) };
  },
  what: ({ bytes, details }) =>
    `The program wrote ${plural(bytes, "byte")} that ${bytes === 1 ? "is" : "are"} no response: ${listed(details)}.`,
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
