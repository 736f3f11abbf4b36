/*
 * Names for action ids: which package and what of it a request is about. An id is a hash, so a name is found by computing
 * the ids that go may have asked for, and by what the entries hold.
 *
 *   action-name.ts    what a name says; show-name.ts: in one line
 *   names.ts          the names of a trace, by all the rules below
 *   graph.ts          go's action graph, which has the ids of builds and links
 *   derived.ts        what follows from them: subkeys
 *   vet.ts            what vet found out; vet-flags.ts: the flags it may have got
 *   test-runs.ts      results of tests; test-flags.ts: their arguments
 *   go-command.ts     go's command line; go-text.ts: text as Go quotes it
 *   content.ts        by what the entry holds: by heads
 *   head.ts           a head: what of a body names its action; index-body.ts: the directory of an index
 *   heads-needed.ts   which actions need one
 *   claims.ts         what all rules say; where two differ, there is no name
 */
export { type ActionKind, type ActionName, actionKinds } from "./action-name.ts";
export { type GraphAction, parseGraph } from "./graph.ts";
export { readHead } from "./head.ts";
export { headsNeeded } from "./heads-needed.ts";
export { type NameSources, type Names, nameActions } from "./names.ts";
export { showName } from "./show-name.ts";
