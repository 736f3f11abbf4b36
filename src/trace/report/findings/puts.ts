import { plural } from "../../../quantities.ts";
import { caseOf, isSteady, putsAfterHits } from "./cases.ts";
import type { Rule } from "./finding.ts";

/* Puts that were for nothing, or that don't agree with others. */

export const compilerPutAgain: Rule = {
  id: "compiler-put-again",
  level: "note",
  *find(named, actions) {
    for (const { put } of putsAfterHits(actions))
      if (named.names.of(put.action)?.kind === "compiler") yield caseOf(put, named);
  },
  what: ({ count, traces }) =>
    `The C compiler's id was put again although it hit${count > 1 ? `, ${count} times in ${plural(traces, "go process", "go processes")}` : ""}.`,
  why: "go puts it each time it has asked for it. The entry is small, but a cache that forwards each put to a server sends it every time.",
  advice: "Nothing to do in the build. A cache program can skip a put whose action already has this output.",
  source: "https://go.dev/issue/81553",
};

export const notReproducible: Rule = {
  id: "two-outputs",
  level: "wrong",
  *find(named, actions, cache) {
    for (const [action, requests] of actions) {
      if (!isSteady(named.names.of(action))) continue;
      const puts = requests.filter(({ command }) => command === "put");
      let known = cache.entry(action)?.output ?? puts[0]?.output;
      for (const put of puts) {
        if (put.output !== known) yield caseOf(put, named);
        known = put.output;
      }
    }
  },
  what: ({ count }) =>
    `${plural(count, "action was", "actions were")} put with two outputs: the same inputs made different results.`,
  why: "A build that isn't reproducible makes everything that depends on it miss, wherever the other output is cached.",
  advice:
    "Look for what differs from run to run in these packages: generated code, timestamps, paths, or tools called by go build such as a C compiler.",
};

/** Kinds that go puts with others, in case that another command needs them. */
const companions: readonly string[] = [
  "build output",
  "link output",
  "vet output",
  "sources",
  "generated",
  "probe",
  "compiler",
];

export const neverRead: Rule = {
  id: "never-read",
  level: "note",
  find: () => [],
  *end(past) {
    for (const cache of past.caches)
      for (const { kind, size, time, package: name } of cache.unread())
        if (!companions.includes(kind)) yield { package: name, time, bytes: size };
  },
  what: ({ count }) =>
    `${plural(count, "entry", "entries")} that an earlier go process put ${count === 1 ? "was" : "were"} never read by a later one.`,
  why: "Entries of code that has changed since, and of other commands, are never read again.",
  advice:
    "If most of what a CI job puts is never read, let only the main branch's jobs put, and the others only get.",
};

export const wrongBody: Rule = {
  id: "wrong-sha256",
  level: "wrong",
  *find(named) {
    for (const request of named.trace.requests)
      if (request.command === "put" && request.sha256 !== request.output) yield caseOf(request, named);
  },
  what: ({ count }) =>
    `${plural(count, "put")} had a body whose SHA-256 isn't ${count === 1 ? "its" : "their"} OutputID.`,
  why: "The file changed while go sent it. A cache that believes the OutputID hands out a wrong body from now on.",
  advice:
    "Find what writes to files while go builds. Let the cache program refuse such a put, as `cacheprogw serve` does.",
};

export const putWithoutPath: Rule = {
  id: "put-without-path",
  level: "wrong",
  *find(named) {
    for (const request of named.trace.requests)
      if (request.outcome === "stored" && request.path === "") yield caseOf(request, named);
  },
  what: ({ count }) => `${plural(count, "put")} got a response without a DiskPath.`,
  why: "To go, such a put has failed. If it's that of an index, the build ends; otherwise go goes on without a word.",
  advice:
    "A response to a put needs the DiskPath of the body, even if the program had it already or won't keep it.",
};
