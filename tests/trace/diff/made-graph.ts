import type { DiffTrace } from "../../../src/trace/diff/trace-diff.ts";
import { type GraphAction, parseGraph } from "../../../src/trace/names/graph.ts";
import type { Trace } from "../../../src/trace/trace.ts";
import { hit, type MadeRequest, made, miss } from "../report/made.ts";

export interface MadePackage {
  readonly deps?: readonly string[];
  /** What its id follows from, but for its dependencies; and what is made of it. Both differ if they differ here. */
  readonly source?: string;
  readonly output?: string;
  /** What go ran for it; it's missed then. */
  readonly command?: string;
}

/** A build of packages, by name, dependencies first: its graph, and a get for each of them. */
export function build(
  packages: Readonly<Record<string, MadePackage>>,
  more: readonly MadeRequest[] = [],
): DiffTrace {
  const graph = graphOf(packages);
  const ids = new Map(graph.map(({ package: path, action }) => [path, `${action}00`]));
  const gets = Object.entries(packages).map(([path, { command }]) =>
    command === undefined ? hit(ids.get(path) ?? "") : miss(ids.get(path) ?? ""),
  );
  const { trace, names } = made([...gets, ...more]);
  const paths = new Map([...ids].map(([path, id]) => [id, path]));
  const of: typeof names.of = (action) => {
    const path = paths.get(action);
    return path === undefined ? names.of(action) : { kind: "build", package: path };
  };
  return { trace, names: { of, originOf: () => "main", graph } };
}

/** The same build, with something of its trace changed. */
export function changed({ trace, names }: DiffTrace, by: Partial<Trace>): DiffTrace {
  return { trace: { ...trace, ...by }, names };
}

function graphOf(packages: Readonly<Record<string, MadePackage>>): readonly GraphAction[] {
  const names = Object.keys(packages);
  const contents = new Map<string, string>();
  const actions = Object.entries(packages).map(([path, { deps = [], source = "", output, command }], ID) => {
    const action = short(`${path} ${source} ${deps.map((dep) => contents.get(dep)).join(" ")}`);
    const content = short(output ?? `made of ${action}`);
    contents.set(path, content);
    const times = { TimeStart: "2026-11-26T10:00:00Z", TimeDone: "2026-11-26T10:00:00.02Z" };
    const Deps = deps.map((dep) => names.indexOf(dep));
    const Cmd = command === undefined ? [] : [command];
    return {
      ID,
      Mode: "build",
      Package: path,
      Deps,
      ActionID: action,
      BuildID: `${action}/${content}`,
      Cmd,
      ...times,
    };
  });
  return parseGraph(JSON.stringify(actions));
}

/** As the graph has ids: 15 bytes in base64url. */
function short(text: string): string {
  const digest = new Bun.CryptoHasher("sha256").update(text).digest();
  return digest.subarray(0, 15).toString("base64url");
}
