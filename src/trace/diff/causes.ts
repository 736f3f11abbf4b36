import { compareCommands } from "./commands.ts";
import { contentOf, keyOf, type Node, nodesOf } from "./graphs.ts";
import { Touched } from "./touched.ts";
import type { Cause, DiffTrace } from "./trace-diff.ts";

/**
 * The packages at which changes began. The id of a build follows from its files, flags and environment, and from the outputs
 * of what it depends on: where none of those outputs differ, the change is its own.
 */
export function findCauses(before: readonly DiffTrace[], after: readonly DiffTrace[]): readonly Cause[] {
  return new CauseFinder(pairs(before, after), new Touched(before, after)).causes;
}

/** An action in the second build, and its counterpart in the first one, whose id differs. */
type Pairs = ReadonlyMap<Node, Node>;

/** Pairs the actions of the same name; those with the same id pair with each other. */
function pairs(before: readonly DiffTrace[], after: readonly DiffTrace[]): Pairs {
  const [olds, news] = [nodesOf(before), nodesOf(after)];
  const found = new Map<Node, Node>();
  for (const [key, nodes] of news) {
    const old = olds.get(key) ?? [];
    const isSame = (a: Node) => (b: Node) => a.action.action === b.action.action;
    const rest = old.filter((node) => !nodes.some(isSame(node)));
    for (const node of nodes) {
      const counterpart = old.find(isSame(node)) ?? rest.shift();
      if (counterpart !== undefined) found.set(node, counterpart);
    }
  }
  return found;
}

class CauseFinder {
  readonly #pairs: Pairs;
  readonly #touched: Touched;
  readonly #roots = new Map<string, readonly Node[]>();

  constructor(all: Pairs, touched: Touched) {
    this.#pairs = all;
    this.#touched = touched;
  }

  get causes(): readonly Cause[] {
    const dependents = new Map<Node, Set<Node>>();
    for (const [node, old] of this.#pairs) {
      if (old.action.action === node.action.action) continue;
      for (const root of this.#rootsOf(node, old)) {
        const known = dependents.getOrInsertComputed(root, () => new Set<Node>());
        if (root !== node) known.add(node);
      }
    }
    return merged([...dependents].map(([root, nodes]) => this.#cause(root, [...nodes])));
  }

  #cause(root: Node, dependents: readonly Node[]): Cause {
    const old = this.#pairs.get(root);
    const isOutput = old?.action.action === root.action.action;
    const { package: path, mode } = root.action;
    const names = [...new Set(dependents.map(({ action }) => action.package))].filter(
      (name) => name !== path,
    );
    const isTouched = isOutput ? undefined : this.#touched.of(path);
    const time = [root, ...dependents].reduce((sum, { action }) => sum + workOf(action), 0);
    const details =
      old === undefined ? [] : [...imports(old, root), ...compareCommands(old.action, root.action)];
    return {
      package: path,
      kind: mode,
      why: isOutput ? "output" : "inputs",
      files: isTouched === undefined ? "unknown" : isTouched ? "changed" : "same",
      details: isOutput ? [] : details,
      dependents: names.sort(),
      touched: names.filter((name) => this.#touched.of(name) === true),
      time: isOutput ? 0 : time,
    };
  }

  /** The actions at which the change of this one began; itself, if nothing that it depends on explains it. */
  #rootsOf(node: Node, old: Node): readonly Node[] {
    const key = `${keyOf(node)} ${node.action.action}`;
    const known = this.#roots.get(key);
    if (known !== undefined) return known;
    const roots = new Set<Node>();
    for (const [key, dep] of node.deps) {
      const [counterpart, oldDep] = [this.#pairs.get(dep), old.deps.get(key)];
      if (counterpart === undefined || oldDep === undefined || contentOf(oldDep) === contentOf(dep)) continue;
      for (const root of this.#rootsOf(dep, counterpart)) roots.add(root);
    }
    const found = roots.size === 0 ? [node] : [...roots];
    this.#roots.set(key, found);
    return found;
  }
}

/** The packages that only one of both imports. A link depends on all packages, imported or not. */
function imports(old: Node, node: Node): string[] {
  if (node.action.mode !== "build") return [];
  const namesOf = ({ deps }: Node) => new Set([...deps.values()].map(({ action }) => action.package));
  const [before, after] = [namesOf(old), namesOf(node)];
  return [
    ...[...after.difference(before)].map((name) => `it imports ${name} now`),
    ...[...before.difference(after)].map((name) => `it doesn't import ${name} any more`),
  ];
}

/** In microseconds; 0 if go hadn't to do it: it took the output from its cache, and ran nothing. */
function workOf({ started, done, commands }: Node["action"]): number {
  if (commands.length === 0 || started === undefined || done === undefined) return 0;
  return (done - started) * 1000;
}

/** A package with a test is built twice: as one cause. The one that cost most comes first. */
function merged(causes: readonly Cause[]): readonly Cause[] {
  const groups = Map.groupBy(causes, ({ package: path, why }) => `${why} ${path}`);
  const all = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const details = [...new Set(group.flatMap((each) => each.details))];
    const dependents = [...new Set(group.flatMap((each) => each.dependents))].sort();
    const touched = [...new Set(group.flatMap((each) => each.touched))].sort();
    return [{ ...first, details, dependents, touched, time: group.reduce((sum, { time }) => sum + time, 0) }];
  });
  return all.sort((a, b) => b.time - a.time || b.dependents.length - a.dependents.length);
}
