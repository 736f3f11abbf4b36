import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type GoOptions, type GoSandbox, ourServer } from "../../../fixtures/go-sandbox.ts";
import { loadTrace, type Names, nameActions, type Trace } from "../../../src/trace/index.ts";
import type { ActionName } from "../../../src/trace/names/action-name.ts";
import { type HashLog, parseHashLog } from "../../../src/trace/names/go/hash-log.ts";
import { trueName } from "./true-name.ts";

const main = resolve(import.meta.dir, "../../../src/cli/main.ts");

/** A run of go that was recorded, with what it hashed. */
export interface TracedRun {
  readonly exitCode: number;
  readonly trace: Trace;
  readonly names: Names;
  readonly hashes: HashLog;
}

/** Runs go with the recorder, an action graph and the log of its hashes. @param store the directory of the cache */
export async function traceGo(
  sandbox: GoSandbox,
  args: readonly string[],
  { store, env = {}, ...options }: GoOptions & { readonly store: string },
): Promise<TracedRun> {
  const file = join(sandbox.folder("trace"), "trace.jsonl");
  const graph = join(sandbox.folder("graph"), "graph.json");
  const cacheProgram = [process.execPath, main, "record", "-o", file, "--", ...ourServer(store)];
  const GOFLAGS = `${env.GOFLAGS ?? sandbox.flags} -debug-actiongraph=${graph}`;
  // Hashes of one name, such as those of indexes, mix in the log when go computes them at once.
  const logged = { ...env, GOFLAGS, GODEBUG: "gocachehash=1", GOMAXPROCS: "1" };
  const run = await sandbox.run(args, { ...options, cacheProgram, env: logged });
  const trace = await loadTrace(file);
  return { exitCode: run.exitCode, trace, names: nameActions(trace), hashes: parseHashLog(run.stderr) };
}

/** What is wrong with the names of a run, by what go hashed. */
export function judge({ trace, names, hashes }: TracedRun) {
  const actions = new Set(trace.requests.flatMap(({ action }) => action || []));
  const wrong: string[] = [];
  let checked = 0;
  for (const action of actions) {
    const name = names.of(action);
    const right = trueName(action, hashes, names.graph);
    if (name === undefined || right === undefined) continue;
    checked++;
    const { kind, package: path, file = "" } = name;
    const isRight =
      kind === "index" && right.kind === "index"
        ? isIndexOf(name, right.file ?? "", trace)
        : kind === right.kind && path === right.package && file === (right.file ?? "");
    if (!isRight) wrong.push(`${kind} ${path} ${file} is ${JSON.stringify(right)}`);
  }
  return { ids: names.ids, named: names.ids - names.unnamed.length, checked, wrong };
}

/** Whether an index of a directory has the right name. A directory may be relative, and its package unknown. */
function isIndexOf(
  { package: path, file = "" }: ActionName,
  directory: string,
  { start: { go } }: Trace,
): boolean {
  if (path === "") return directory === file || directory.endsWith(`/${file}`);
  const { directory: cwd = "", env = {} } = go;
  const module = /^module (.*)$/m.exec(readFileSync(join(cwd, "go.mod"), "utf8"))?.[1] ?? "";
  const beginnings = { [`${env.GOROOT}/src/`]: "", [`${cwd}/`]: `${module}/` };
  const [from, to] = Object.entries(beginnings).find(([begin]) => directory.startsWith(begin)) ?? ["?", "?"];
  return directory === file && path === directory.replace(from, to);
}

/** Expects that at least 99 % of the ids have a name, that nearly all could be checked, and that none is wrong. */
export function expectNamed(run: TracedRun): void {
  const { ids, named, checked, wrong } = judge(run);
  expect(wrong).toEqual([]);
  expect(ids).toBeGreaterThan(0);
  const unnamed = run.names.unnamed.map((one) => run.hashes.ids.get(one)?.name);
  if (named < 0.99 * ids) expect(unnamed).toEqual([]);
  expect(checked).toBeGreaterThanOrEqual(0.98 * named);
}
