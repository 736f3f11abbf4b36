import { CacheProgError } from "../../errors.ts";
import type { GoProcess } from "../events.ts";
import type { Trace } from "../trace.ts";
import type { ActionKind, ActionName } from "./action-name.ts";
import { Claims } from "./claims.ts";
import { parseCommand } from "./go/go-command.ts";
import { subkeyOf } from "./go/ids.ts";
import { type GraphAction, parseGraph } from "./graph.ts";
import { type PackageOrigin, Packages } from "./packages.ts";
import { claimContents, indexedDirectories } from "./rules/content.ts";
import { coveredPackages } from "./rules/coverage.ts";
import { claimGenerated, claimGraph } from "./rules/derived.ts";
import { claimTests } from "./rules/test-runs.ts";
import { claimVet } from "./rules/vet.ts";

/** The names of the actions of a trace. */
export interface Names {
  /** The name of an action id, in hex. Undefined: nothing names it, or two rules name it differently. */
  of(action: string): ActionName | undefined;
  /** Where a package comes from, by its import path; undefined if that isn't known. */
  originOf(path: string): PackageOrigin | undefined;
  /** How many different action ids the trace has, and which of them have no name. */
  readonly ids: number;
  readonly unnamed: readonly string[];
  /** How many ids there are of each kind. */
  readonly kinds: ReadonlyMap<ActionKind, number>;
  /** The action graph; empty if the trace has none, or one that can't be read: then `problem` says why. */
  readonly graph: readonly GraphAction[];
  readonly problem: string | undefined;
}

/**
 * Names the action ids of a trace. It never guesses.
 *
 * With an action graph and heads, all ids of go build, test, vet, fix, run and list have a name, with cgo, -race, -cover,
 * -trimpath, build tags, other systems, embedded files, go.work, vendor folders and failures, too. Tried with Go 1.24.4, 1.26.8
 * and 1.27.4, and checked with GODEBUG=gocachehash=1: tests/tools/wide/go-names.ts. These have none:
 *
 * - what the compiler and the linker printed for an executable that go build found up to date: go asks for these two alone,
 *   and the graph has only half of the id that they follow from
 * - what vet found out, if it's a program of -vettool
 * - the output of a test that was looked for and neither found nor stored
 */
export function nameActions(trace: Trace): Names {
  const outputs = new Map<string, string>();
  for (const { action, output } of trace.requests)
    if (action !== "") outputs.set(action, output || (outputs.get(action) ?? ""));
  const { graph, problem } = readGraph(trace.graph);
  const { heads, start } = trace;
  const packages = new Packages(indexedDirectories(heads), graph, start.go);
  const claims = claimAll({ graph, outputs, go: start.go, heads, packages });
  return new Named(outputs, claims, packages, { graph, problem });
}

/** What names are made of. */
interface Sources {
  readonly graph: readonly GraphAction[];
  /** The action ids, each with the OutputID that was a hit or put; "" if there was none. All in hex. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly go: GoProcess;
  /** By action. */
  readonly heads: ReadonlyMap<string, string>;
  readonly packages: Packages;
}

/** All rules, each on its own. */
function claimAll({ graph, outputs, go, heads, packages }: Sources): Claims {
  const claims = new Claims();
  const builds = claimGraph(claims, graph, outputs.keys());
  for (const [id, action] of builds) {
    const sources = heads.get(subkeyOf(action, "srcfiles"));
    if (sources !== undefined) claimGenerated(claims, action, graph[id]?.package ?? "", sources);
  }
  const { version = "" } = go;
  if (version !== "") {
    const command = parseCommand(go.command, go.env?.GOFLAGS);
    const { GOEXPERIMENT: experiments = "" } = go.env ?? {};
    claimVet(claims, { graph, builds, outputs, version, experiments, command });
    claimTests(claims, graph, version, command);
  }
  const covered = version === "" ? new Map<string, string>() : coveredPackages(graph, version);
  claimContents(claims, heads, { packages, covered });
  return claims;
}

function readGraph(text: string | undefined): Pick<Names, "graph" | "problem"> {
  if (text === undefined) return { graph: [], problem: undefined };
  try {
    return { graph: parseGraph(text), problem: undefined };
  } catch (error) {
    if (error instanceof CacheProgError) return { graph: [], problem: error.message };
    throw error;
  }
}

class Named implements Names {
  readonly ids: number;
  readonly unnamed: readonly string[];
  readonly kinds: ReadonlyMap<ActionKind, number>;
  readonly graph: readonly GraphAction[];
  readonly problem: string | undefined;
  readonly #claims: Claims;
  readonly #packages: Packages;

  constructor(
    actions: ReadonlyMap<string, string>,
    claims: Claims,
    packages: Packages,
    { graph, problem }: Pick<Names, "graph" | "problem">,
  ) {
    this.#claims = claims;
    this.#packages = packages;
    this.ids = actions.size;
    this.unnamed = [...actions.keys()].filter((action) => claims.of(action) === undefined);
    this.graph = graph;
    this.problem = problem;
    const kinds = new Map<ActionKind, number>();
    for (const action of actions.keys()) {
      const kind = claims.of(action)?.kind;
      if (kind !== undefined) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    this.kinds = kinds;
  }

  of(action: string): ActionName | undefined {
    return this.#claims.of(action);
  }

  originOf(path: string): PackageOrigin | undefined {
    return this.#packages.originOf(path);
  }
}
