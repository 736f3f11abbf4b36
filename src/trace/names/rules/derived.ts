import type { ActionName } from "../action-name.ts";
import type { Claims } from "../claims.ts";
import { shortDigits, subkeyOf } from "../go/ids.ts";
import type { GraphAction } from "../graph.ts";
import { coverageFile } from "./coverage.ts";

/*
 * Names by the action graph. The graph has the first 15 bytes of the ids of builds and links; the traffic has them whole.
 * From a whole id follow those of what belongs to it, its subkeys. Source: cmd/go/internal/work, buildid.go and exec.go
 */

/** Names the builds, the links and their subkeys among the actions, which are in hex. @returns the whole ids, by the place in the graph */
export function claimGraph(
  claims: Claims,
  graph: readonly GraphAction[],
  actions: Iterable<string>,
): ReadonlyMap<number, string> {
  const byShort = Map.groupBy(
    graph.filter(({ action }) => action !== ""),
    ({ action }) => action,
  );
  const whole = new Map<number, string>();
  for (const action of actions)
    for (const found of byShort.get(action.slice(0, shortDigits)) ?? []) {
      whole.set(found.id, action);
      claimAction(claims, found, action);
    }
  return whole;
}

function claimAction(claims: Claims, found: GraphAction, action: string): void {
  const { package: path, mode } = found;
  if (mode === "link") claims.claim(action, { kind: "link", package: path });
  else if (mode === "preprocess PGO profile") claims.claim(action, { kind: "profile", package: path });
  else if (mode === "build") claimBuild(claims, path, action);
}

/** The output of a link is a subkey of the build of its main package. */
function claimBuild(claims: Claims, path: string, action: string): void {
  claims.claim(action, { kind: "build", package: path });
  const parts: readonly [string, ActionName][] = [
    ["stdout", { kind: "build output", package: path }],
    ["link-stdout", { kind: "link output", package: path }],
    ["srcfiles", { kind: "sources", package: path }],
    [coverageFile(path), { kind: "coverage", package: path }],
    ["_cgo_install.h", { kind: "generated", package: path, file: "_cgo_install.h" }],
  ];
  for (const [part, name] of parts) claims.claim(subkeyOf(action, part), name);
}

/** Names the generated files of a package: those in its list of source files that have no "./" before them. */
export function claimGenerated(claims: Claims, build: string, path: string, sources: string): void {
  for (const file of sources.split("\n"))
    if (file !== "" && !file.startsWith("./"))
      claims.claim(subkeyOf(build, file), { kind: "generated", package: path, file });
}
