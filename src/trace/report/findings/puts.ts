import { plural } from "../../../quantities.ts";
import type { TracedRequest } from "../../requests.ts";
import { latencyOf, type NamedTrace } from "../named.ts";
import type { Case, Rule } from "./finding.ts";
import type { PutActions } from "./past.ts";

/* Puts that were for nothing, or that don't agree with others. */

/** The puts that follow a hit on the same action. */
function* putsAfterHits(actions: PutActions): Iterable<TracedRequest> {
  for (const requests of actions.values()) {
    const hit = requests.findIndex(({ outcome }) => outcome === "hit");
    if (hit === -1) continue;
    const put = requests.slice(hit + 1).find(({ command }) => command === "put");
    if (put !== undefined) yield put;
  }
}

function caseOf(request: TracedRequest, { names }: Pick<NamedTrace, "names">): Case {
  const { action, size } = request;
  return { request, package: names.of(action)?.package ?? "", time: latencyOf(request), bytes: size };
}

/** Kinds that go puts again by design: see compilerPutAgain and testRerun. */
const knownPutsAgain: readonly string[] = ["compiler", "test inputs"];

export const hitNotUsed: Rule = {
  id: "hit-not-used",
  level: "wrong",
  *find(named, actions) {
    for (const put of putsAfterHits(actions)) {
      const name = named.names.of(put.action);
      // Without its kind, nobody knows whether it's one that go puts again by design.
      if (name !== undefined && !knownPutsAgain.includes(name.kind)) yield caseOf(put, named);
    }
  },
  what: ({ count }) =>
    `${plural(count, "entry was", "entries were")} put again although ${count === 1 ? "it" : "they"} hit.`,
  why: "go didn't use the hit: the file at its DiskPath was missing, had another size, or wasn't what had been put. So go did the work again.",
  advice: "Run `cacheprogw check -- PROGRAM`: it checks what go expects of a hit.",
};

export const compilerPutAgain: Rule = {
  id: "compiler-put-again",
  level: "note",
  *find(named, actions) {
    for (const put of putsAfterHits(actions))
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
    const known = new Map<string, Set<string>>();
    for (const request of named.trace.requests) {
      const { action, output } = request;
      const earlier = cache.entry(action)?.output;
      if (output === "" || (earlier === undefined && !actions.has(action))) continue;
      const outputs = known.getOrInsertComputed(
        action,
        () => new Set(earlier === undefined ? [] : [earlier]),
      );
      const name = named.names.of(action);
      // Without its kind, nobody knows whether its bodies have times in them.
      const isSteady = name !== undefined && !variable.includes(name.kind);
      if (isSteady && outputs.size > 0 && !outputs.has(output)) yield caseOf(request, named);
      outputs.add(output);
    }
  },
  what: ({ count }) =>
    `${plural(count, "action has", "actions have")} two outputs: the same inputs made different results.`,
  why: "A build that isn't reproducible makes everything that depends on it miss, wherever the other output is cached.",
  advice:
    "Look for what differs from run to run in these packages: generated code, timestamps, paths, or tools called by go build such as a C compiler.",
};

/** Kinds whose bodies differ from run to run. */
const variable: readonly string[] = ["test output", "test inputs", "coverage", "compiler"];

export const neverRead: Rule = {
  id: "never-read",
  level: "note",
  find: () => [],
  *end(past) {
    for (const cache of past.caches)
      for (const { size, time, package: name } of cache.unread()) yield { package: name, time, bytes: size };
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
