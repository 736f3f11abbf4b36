/*
 * Names for action ids: which package and what of it a request is about. An id is a hash, so a name is found by computing
 * the ids that go may have asked for, and by what the entries hold. An id that is found is right: it's a SHA-256.
 *
 *   action-name.ts    what a name says; show-name.ts: in one line
 *   names.ts          the names of a trace, by all rules, and how many ids they name
 *   claims.ts         what the rules say; where two differ, there is no name
 *   graph.ts          go's action graph, which has the ids of builds and links
 *   packages.ts       where packages come from, and the import paths of directories
 *   head.ts           a head: what of a body names its action; index-body.ts: the directory of an index
 *   heads-needed.ts   which actions need one
 *   rules/            derived.ts: what follows from the graph; vet.ts, test-runs.ts and coverage.ts; content.ts: by heads
 *   go/               go's command line, text as it quotes it, ids, and what it logs of its hashes
 */
export { type ActionKind, type ActionName, actionKinds } from "./action-name.ts";
export { type Hashed, type HashLog, parseHashLog } from "./go/hash-log.ts";
export { type GraphAction, parseGraph } from "./graph.ts";
export { readHead } from "./head.ts";
export { headsNeeded } from "./heads-needed.ts";
export { type Names, nameActions } from "./names.ts";
export type { PackageOrigin } from "./packages.ts";
export { showName } from "./show-name.ts";
