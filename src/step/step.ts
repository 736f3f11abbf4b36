import { CacheProg } from "../client/client.ts";
import { ArgumentError, type CacheProgError } from "../errors.ts";
import { writeStderr } from "../stderr.ts";
import { reason } from "../trouble.ts";
import { type StepOptions, stepDefinition } from "./definition.ts";
import { Claim, collision } from "./graph/claim.ts";
import { sharedOutput } from "./graph/overlap.ts";
import { LazyCache } from "./lazy-cache.ts";
import { Memory } from "./local/memory.ts";
import { directoryInRoot, findRoot, stepID } from "./project.ts";
import { runStep, type StepReport } from "./run-step.ts";
import { StepFailed } from "./step-failed.ts";

/** A step of a script: as in package.json, and a function may do the work. */
export interface ScriptStepOptions extends Omit<StepOptions, "dependsOn"> {
  /** What earlier steps returned: their outputs are part of the key. Promises are awaited. */
  readonly dependsOn?: readonly (StepReport | Promise<StepReport>)[] | undefined;
  /** The cache for the result. Default: one for the whole process, as `CacheProg.start()` opens it. */
  readonly cache?: CacheProg | undefined;
  /** Run even if the result is stored. Default: false. */
  readonly force?: boolean | undefined;
  /** Reject if the cache fails, instead of doing without it. Default: false. */
  readonly requireCache?: boolean | undefined;
  /** Aborts the step: its command gets SIGTERM, and nothing is stored. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a step of a build, unless its result is in the cache: then the files that it left and what it printed are
 * restored. The cache never makes it fail.
 *
 * ```ts
 * await step({ name: "css", command: "sass src:dist/css", inputs: ["src/**.scss"], outputs: ["dist/css"] });
 * ```
 *
 * Nothing is implicit: a result depends on the command, the inputs, the named environment variables, the version, the
 * platform and the steps in `dependsOn`, and on nothing else. The code of a `run` function isn't looked at; name its
 * file in `inputs`, or change `version` with it.
 *
 * @throws (rejects) {StepFailed} the command or function failed; nothing was stored
 * @throws (rejects) {ArgumentError} an option is wrong, a file is an input and an output, or an output is one of another
 *   step of this process, too
 * @throws (rejects) {CacheProgError} `ABORTED`; `BODY_UNREADABLE` if an input can't be read
 */
export async function step(options: ScriptStepOptions): Promise<StepReport> {
  const { dependsOn = [], cache, force = false, requireCache = false, signal, ...rest } = options;
  const definition = stepDefinition(rest, { directory: process.cwd() });
  const dependencies: Record<string, string> = {};
  for (const { id, outputs, status } of await Promise.all(dependsOn)) {
    if (typeof id !== "string" || typeof outputs !== "string" || status === "failed")
      throw new ArgumentError(
        `step ${JSON.stringify(definition.name)}: dependsOn has something that isn't what step() returned`,
      );
    dependencies[id] = outputs;
  }
  const root = findRoot(definition.cwd);
  const directory = directoryInRoot(definition.cwd, root);
  const id = stepID(directory, definition.name);
  claimOutputs(root, new Claim(id, definition.outputs));
  const own = cache === undefined ? processCache() : new LazyCache(async () => cache);
  const memory = memoryOf(root);
  const report = await runStep(
    { definition, id, directory, root, dependencies },
    {
      memory,
      digests: memory.digests,
      env: process.env,
      signal: signal ?? new AbortController().signal,
      force,
      dryRun: false,
      requireCache,
      cache: own.get,
      onOutput: (stream, bytes) => void (stream === 1 ? process.stdout : process.stderr).write(bytes),
      onMiss: () => {},
      onCacheFailure,
      warn: (line) => warn(`${id}: ${line}`),
    },
  );
  if (report.status === "failed") throw new StepFailed(report);
  return { ...report }; // without getters
}

/** By the root of the project, the steps of this process: the last declaration of each. */
const owners = new Map<string, Map<string, Claim>>();

/** @throws {ArgumentError} an output is one of another step, too */
function claimOutputs(root: string, owner: Claim): void {
  const known = owners.get(root) ?? new Map<string, Claim>();
  for (const other of known.values()) {
    const path = other.id === owner.id ? undefined : sharedOutput(other, owner);
    if (path !== undefined) throw collision(other, owner, path);
  }
  owners.set(root, known.set(owner.id, owner));
}

const warn = (line: string) => writeStderr(`cacheprogw: ${line}\n`);

let failure: CacheProgError | undefined;

/** Says it once: each step goes on without the cache. */
function onCacheFailure(error: CacheProgError): void {
  if (failure === undefined) warn(`steps run without a cache: ${error.message}`);
  failure ??= error;
}

let shared: LazyCache | undefined;

/** The cache of this process. It's closed when nothing else keeps the process alive. */
function processCache(): LazyCache {
  shared ??= new LazyCache(async () => {
    const cache = await CacheProg.start();
    process.once("beforeExit", () => {
      cache.close().catch((error) => warn(`the cache failed at its end: ${reason(error)}`));
    });
    return cache;
  });
  return shared;
}

const memories = new Map<string, Memory>();

function memoryOf(root: string): Memory {
  const known = memories.get(root) ?? new Memory(root);
  memories.set(root, known);
  return known;
}
