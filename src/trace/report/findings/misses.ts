import { plural } from "../../../quantities.ts";
import type { TracedRequest } from "../../requests.ts";
import { latencyOf, type NamedTrace } from "../named.ts";
import type { Case, Rule } from "./finding.ts";
import type { PutActions } from "./past.ts";
import { whyRerun } from "./test-log.ts";

/* Misses that needn't have been. */

/** A miss costs its own latency and that of the put that follows. */
function missCase(miss: TracedRequest, { names }: NamedTrace, actions: PutActions): Case {
  const put = actions
    .get(miss.action)
    ?.find(({ command, number }) => command === "put" && number > miss.number);
  return {
    request: miss,
    package: names.of(miss.action)?.package ?? "",
    time: latencyOf(miss) + (put === undefined ? 0 : latencyOf(put)),
    bytes: put?.size ?? 0,
  };
}

function missesOf({ trace }: NamedTrace): TracedRequest[] {
  return trace.requests.filter(({ outcome }) => outcome === "miss");
}

export const missedAfterPut: Rule = {
  id: "missed-after-put",
  level: "slow",
  *find(named, actions, cache) {
    for (const miss of missesOf(named)) {
      const isStored = (request: TracedRequest) =>
        request.outcome === "stored" && request.answered <= miss.sent;
      const before = cache.entry(miss.action) !== undefined || actions.get(miss.action)?.some(isStored);
      if (before) yield missCase(miss, named, actions);
    }
  },
  what: ({ count }) =>
    `${plural(count, "entry", "entries")} missed although ${count === 1 ? "it" : "they"} had been put before.`,
  why: "The cache has lost them: it was cleaned, is too small, drops what it can't upload, or isn't the same cache.",
  advice: "Compare the times with those of a cleanup. If there was none, run `cacheprogw check -- PROGRAM`.",
};

export const indexOnly: Rule = {
  id: "index-mtimes",
  level: "slow",
  *find(named, actions, cache) {
    const misses = missesOf(named).filter(({ action }) => named.names.of(action)?.kind === "index");
    if (misses.length === 0) return;
    const builds = buildsOf(named);
    for (const miss of misses) {
      const name = named.names.of(miss.action);
      if (name === undefined) continue;
      const build = builds.of(name.package);
      if (build.hits > 0 && build.misses === 0 && cache.mayHaveIndex(name))
        yield missCase(miss, named, actions);
    }
  },
  what: ({ count }) =>
    `The ${count === 1 ? "index of a directory" : `indexes of ${count} directories`} missed although the packages hit.`,
  why: "The key of an index has the files' modification times. A fresh checkout gives each file a new time, so go parses them all again. It is also missed the first time: go indexes no directory with files younger than two seconds.",
  advice:
    "After a checkout in CI, set each file's time to that of its last commit, or to one fixed time in the past.",
  source: "https://go.dev/issue/58571",
};

interface Builds {
  hits: number;
  misses: number;
}

/** How the builds of each package went; of "", those of all packages. */
function buildsOf({ trace, names }: NamedTrace): { of(name: string): Builds } {
  const all: Builds = { hits: 0, misses: 0 };
  const packages = new Map([["", all]]);
  for (const { action, command, outcome } of trace.requests) {
    const name = command === "get" ? names.of(action) : undefined;
    if (name?.kind !== "build" || name.package === "") continue;
    const own = packages.getOrInsertComputed(name.package, () => ({ hits: 0, misses: 0 }));
    const key = outcome === "hit" ? "hits" : "misses";
    own[key]++;
    all[key]++;
  }
  return { of: (name) => packages.get(name) ?? { hits: 0, misses: 0 } };
}

export const testRerun: Rule = {
  id: "test-rerun",
  level: "slow",
  *find(named, actions, cache) {
    // A test has two entries of inputs: by the id of its link, and by what was linked.
    const found = new Set<string>();
    for (const requests of actions.values()) {
      const first = requests[0];
      if (first?.outcome !== "hit" || named.names.of(first.action)?.kind !== "test inputs") continue;
      const put = requests.find(({ command }) => command === "put");
      if (put === undefined) continue;
      const name = named.names.of(first.action)?.package ?? "";
      if (found.has(name || put.output)) continue;
      found.add(name || put.output);
      const why = whyRerun(named.trace.heads.get(first.action), cache.go, named.trace.start.go);
      const detail = why.length === 0 ? {} : { detail: why.join(", ") };
      yield {
        request: put,
        package: name,
        time: latencyOf(first) + latencyOf(put),
        bytes: put.size,
        ...detail,
      };
    }
  },
  what: ({ count, details }) => {
    const reasons = details.length === 0 ? "" : `: ${details.slice(0, 3).join("; ")}`;
    return `${plural(count, "test")} ran again although ${count === 1 ? "its" : "their"} code is the same${reasons}.`;
  },
  why: "A file or an environment variable that the test read last time has changed since. GODEBUG counts, and so does a file's modification time.",
  advice:
    "Give tests the same environment each time. Files that tests read need a modification time that a checkout doesn't change.",
  source: "https://pkg.go.dev/cmd/go#hdr-Test_packages",
};
