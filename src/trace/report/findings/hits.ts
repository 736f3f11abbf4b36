import { isAbsolute } from "node:path";
import { plural } from "../../../quantities.ts";
import type { TracedRequest } from "../../requests.ts";
import { caseOf, isSteady, putsAfterHits } from "./cases.ts";
import type { Rule } from "./finding.ts";

/* Hits that are wrong. */

export const hitNotUsed: Rule = {
  id: "hit-not-used",
  level: "wrong",
  *find(named, actions) {
    for (const { hit, put } of putsAfterHits(actions)) {
      const name = named.names.of(put.action);
      // Without its kind, nobody knows whether it's one that go puts again by design.
      if (name === undefined || knownPutsAgain.includes(name.kind)) continue;
      yield { ...caseOf(put, named), detail: whyNotUsed(hit, put) };
    }
  },
  what: ({ count, details }) =>
    `${plural(count, "entry was", "entries were")} put again although ${count === 1 ? "it" : "they"} hit: ${details.join("; ")}.`,
  why: "go can't use a hit whose response is wrong, or whose file isn't what was put. So it does the work again, and says nothing.",
  advice: "Run `cacheprogw check -- PROGRAM`: it checks what go expects of a hit.",
};

/** Kinds that go puts again by design: see compilerPutAgain and testRerun. */
const knownPutsAgain: readonly string[] = ["compiler", "test inputs"];

/** What of a hit go can't use, as far as a trace shows it. The rest is in the file. Source: cmd/go/internal/cache/prog.go, Get */
function whyNotUsed(hit: TracedRequest, put: TracedRequest): string {
  if (hit.path === "") return "the response had no DiskPath";
  if (!isAbsolute(hit.path)) return "its DiskPath was relative";
  if (hit.output.length !== put.output.length) return "its OutputID didn't have 32 bytes";
  if (hit.output !== put.output) return "its file or its OutputID was wrong";
  if (hit.size !== put.size) return "its Size was wrong";
  return "its file was missing, or had other content";
}

export const otherPackage: Rule = {
  id: "other-package",
  level: "wrong",
  *find(named) {
    const { trace, buildIDs } = named;
    for (const request of trace.requests) {
      const id = request.outcome === "hit" ? buildIDs?.get(request.action) : undefined;
      if (id !== undefined && !request.action.startsWith(id)) yield caseOf(request, named);
    }
  },
  what: ({ count }) =>
    `${plural(count, "hit is", "hits are")} a file that was compiled for another action: its build id isn't that of the request.`,
  why: "The cache mixes entries up. go believes it: it links the wrong code, or fails with an error that makes no sense.",
  advice: "Empty the cache, and run `cacheprogw check -- PROGRAM`.",
};

export const otherOutput: Rule = {
  id: "hit-other-output",
  level: "wrong",
  *find(named, _actions, cache) {
    for (const hit of named.trace.requests) {
      if (hit.outcome !== "hit") continue;
      const put = cache.entry(hit.action)?.output ?? hit.output;
      if (put !== hit.output && isSteady(named.names.of(hit.action))) yield caseOf(hit, named);
    }
  },
  what: ({ count }) =>
    `${plural(count, "hit")} had another OutputID than the last put of the same action in these traces.`,
  why: "Either the cache mixes entries up, or a build that isn't among these traces put another result of the same inputs.",
  advice: "Run `cacheprogw check -- PROGRAM` to rule out the first. Otherwise the build isn't reproducible.",
};
