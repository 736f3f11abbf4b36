import { delimiter, join } from "node:path";
import { ArgumentError } from "../errors.ts";
import type { FileEntry } from "../files/file-set.ts";
import { reason } from "../trouble.ts";
import { throwIfAborted } from "./aborted.ts";
import { Isolation } from "./isolation.ts";
import { type KeyParts, stepKey, thisPlatform } from "./key.ts";
import { changesBetween, lastKey } from "./local/last-run.ts";
import type { LastRun } from "./local/memory.ts";
import type { StepLock } from "./local/step-lock.ts";
import { pathOf } from "./process/run-command.ts";
import { runWork, type WorkEnd } from "./process/work.ts";
import { Log } from "./result/log.ts";
import { logLimit, type OutputFile } from "./result/manifest.ts";
import { changesTo, restore } from "./result/restore.ts";
import { outputsDigest, printed, type Result } from "./result/results.ts";
import type { FindContent } from "./result/staging.ts";
import type { StepContext, StepRun } from "./step-context.ts";
import { StepFiles } from "./step-files.ts";
import { type Lookup, StepResults } from "./step-results.ts";

/** How a step ended. */
export interface StepReport {
  /** The step's directory from the project's root, a colon, and its name: "packages/lib:build", or ":build" in the root. */
  readonly id: string;
  /** "hit": its result was in the cache; "ran": it ran and succeeded; "failed": it ran, or couldn't start, and failed. */
  readonly status: "hit" | "ran" | "failed";
  /** In hex. */
  readonly key: string;
  /** A digest of the outputs, which goes into the keys of dependents. */
  readonly outputs: string;
  /** Of a hit: how many files were restored. */
  readonly restored: number;
  /** Of a hit: how many files that match its outputs, and aren't part of the result, were removed. */
  readonly removed: number;
  /** Whether the cache has the result now. */
  readonly stored: boolean;
  /** Of a miss: why there was no result. */
  readonly missed: readonly string[];
  /** Why the result of a command that succeeded wasn't stored. */
  readonly notStored: string | undefined;
  /** How long the command took, in ms: now, or of a hit when it ran. */
  readonly duration: number;
  /** How the command ended, unless it's a hit. */
  readonly end: WorkEnd | undefined;
}

/**
 * Runs a step: finds its result and restores it, or runs its command and stores what it left. The cache never makes it
 * fail, unless `requireCache` says so.
 *
 * @throws (rejects) {ArgumentError} the declaration contradicts itself, such as a file that is an input and an output
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` for inputs that can't be read; `ABORTED`
 */
export async function runStep(step: StepRun, context: StepContext): Promise<StepReport> {
  return new StepLife(step, context).run();
}

class StepLife {
  readonly #step: StepRun;
  readonly #context: StepContext;
  readonly #files: StepFiles;
  readonly #results: StepResults;
  readonly #lock: StepLock;

  constructor(step: StepRun, context: StepContext) {
    this.#step = step;
    this.#lock = context.memory.lock(step.id);
    this.#context = context;
    this.#files = new StepFiles(step.definition, context.digests);
    this.#results = new StepResults(step, context, this.#files, () => this.#takeOutputs());
  }

  async run(): Promise<StepReport> {
    using _ = this.#lock;
    return await this.#find();
  }

  async #find(): Promise<StepReport> {
    const { memory, dryRun, force } = this.#context;
    const { id } = this.#step;
    const { files, unmatched } = await this.#files.inputs();
    for (const pattern of unmatched)
      this.#context.warn(`its input ${JSON.stringify(pattern)} matches no file`);
    const parts = this.#parts(files);
    const key = stepKey(parts);
    const last = memory.lastRun(id);
    const found = force ? undefined : await this.#results.lookUp(key, last);
    if (found?.result !== undefined) return this.#hit(parts, key, found, found.result, last);
    // The other run may have stored a result.
    if (!dryRun && (await this.#takeOutputs())) return this.#find();
    const missed = force
      ? ["it was forced"]
      : found?.isBlocked
        ? ["its outputs couldn't be restored"]
        : this.#whyMissed(parts, key, last);
    this.#context.onMiss(missed);
    if (dryRun) return this.#report({ status: "ran", key, missed });
    return this.#runAndStore(parts, key, found, missed);
  }

  #takeOutputs(): Promise<boolean> {
    const { env, signal, warn } = this.#context;
    if (isWithin(env, this.#lock))
      throw new ArgumentError(
        `step ${JSON.stringify(this.#step.definition.name)} is run by its own command; expected a command that doesn't run the step`,
      );
    return this.#lock.take(signal, () => warn("waiting for another run of it, which hasn't ended yet"));
  }

  #parts(files: readonly FileEntry[]): KeyParts {
    const { definition, directory, dependencies } = this.#step;
    const { command, inputs, outputs, version, platform } = definition;
    return {
      command: "shell" in command ? command.shell : "argv" in command ? command.argv : null,
      directory,
      inputs,
      outputs,
      files,
      env: Object.fromEntries(definition.env.map((name) => [name, this.#context.env[name] ?? null])),
      platform: platform === "any" ? null : thisPlatform,
      version,
      dependencies,
    };
  }

  #hit(
    parts: KeyParts,
    key: Uint8Array,
    { restored, removed }: Lookup,
    result: Result,
    last: LastRun | undefined,
  ): StepReport {
    const { dryRun, onOutput } = this.#context;
    if (!dryRun) {
      for (const [stream, bytes] of printed(result)) onOutput(stream, bytes);
      if (result !== last?.result) this.#remember(parts, key, { hasFailed: false, result });
    }
    const { files, duration } = result.manifest;
    return this.#report({ status: "hit", key, restored, removed, duration, stored: true, files });
  }

  #whyMissed(parts: KeyParts, key: Uint8Array, last: LastRun | undefined): readonly string[] {
    if (last === undefined) return ["it hasn't run here before"];
    const changes = changesBetween(last.parts(), lastKey(parts));
    if (changes.length > 0) return changes;
    if (last.hasFailed) return ["it failed the last time"];
    if (last.key !== key.toHex()) return ["its key is made in another way now"];
    return [
      last.result === undefined ? "its last result wasn't stored" : "the cache no longer has its result",
    ];
  }

  async #runAndStore(
    parts: KeyParts,
    key: Uint8Array,
    found: Lookup | undefined,
    missed: readonly string[],
  ): Promise<StepReport> {
    const { definition, root } = this.#step;
    const { env, colours, signal, onOutput, digests } = this.#context;
    using copy = await this.#isolation(parts.files);
    const place = copy === undefined ? definition : { ...definition, cwd: copy.cwd };
    const left = copy === undefined ? this.#files : new StepFiles(place, digests);
    const log = new Log();
    const start = performance.now();
    const end = await runWork(place, {
      // What the key says of a variable has to be what the command sees.
      env: {
        ...env,
        ...(definition.env.some(isAboutColour) ? {} : colours),
        PATH: pathOf(definition.cwd, root, env.PATH),
        [running]: [env[running] ?? "", this.#lock.path].join(delimiter),
      },
      signal,
      onOutput: (stream, bytes) => {
        log.add(stream, bytes);
        onOutput(stream, bytes);
      },
    });
    // A signal that arrived while the command ended is noticed in the next turn of the event loop.
    await new Promise(setImmediate);
    // Whatever the command made of the signal, what it left may be half of it.
    throwIfAborted(signal);
    const duration = Math.round(performance.now() - start);
    if (end.kind !== "done") {
      this.#remember(parts, key, { hasFailed: true, result: undefined });
      return this.#report({ status: "failed", key, missed, duration, end });
    }
    const { files, problem, unreadable } = await left.outputs();
    if (copy !== undefined && unreadable !== undefined) throw unreadable;
    const notStored = (await this.#changeOf(parts)) ?? cutBy(end.isCut, log.isCut) ?? problem;
    const outcome = { directory: place.cwd, files, log, duration };
    const stored = notStored === undefined ? await this.#results.store(key, found, outcome) : notStored;
    if (copy !== undefined) await this.#deliver(copy, files);
    // What isn't known makes the results of its dependents useless.
    const outputs =
      unreadable === undefined ? outputsDigest(files) : crypto.getRandomValues(new Uint8Array(32)).toHex();
    const report = { status: "ran", key, missed, duration, end, outputs } as const;
    if (typeof stored === "string") {
      this.#remember(parts, key, { hasFailed: false, result: undefined });
      return this.#report({ ...report, notStored: stored });
    }
    this.#remember(parts, key, { hasFailed: false, result: stored });
    return this.#report({ ...report, stored: true });
  }

  #remember(parts: KeyParts, key: Uint8Array, run: Pick<LastRun, "hasFailed" | "result">): void {
    const { memory } = this.#context;
    const { outputs } = parts;
    memory.note(this.#step.id, { key: key.toHex(), parts: () => lastKey(parts), outputs, ...run });
  }

  async #isolation(inputs: readonly FileEntry[]): Promise<Isolation | undefined> {
    const { definition, root, isolate } = this.#step;
    if (isolate === undefined) return undefined;
    const sources = [{ directory: definition.cwd, files: inputs }];
    for (const needed of isolate) {
      const files = await new StepFiles(needed, this.#context.digests).outputEntries();
      sources.push({ directory: needed.cwd, files });
    }
    return new Isolation(root, definition, sources);
  }

  /** Takes the outputs from a copy to the project, and names what else the command wrote. */
  async #deliver(copy: Isolation, files: readonly OutputFile[]): Promise<void> {
    const covers = (path: string) => this.#files.covers(path);
    const { files: current } = await this.#files.outputs();
    const find: FindContent = async ({ path, size }) => [
      { path: join(copy.cwd, path), offset: 0, length: size },
    ];
    await restore(this.#step.definition.cwd, changesTo(files, current), find, covers);
    for (const path of await copy.others(covers))
      this.#context.warn(`it also wrote ${path}, which isn't one of its outputs`);
  }

  /** What happened to the inputs while the command ran, if anything did. */
  async #changeOf(parts: KeyParts): Promise<string | undefined> {
    try {
      const { files } = await this.#files.inputs();
      const [change] = changesBetween(lastKey(parts), lastKey({ ...parts, files }));
      return change === undefined ? undefined : `its inputs changed while it ran: ${change}`;
    } catch (error) {
      return `its inputs changed while it ran: ${reason(error)}`;
    }
  }

  #report(
    known: Pick<StepReport, "status"> &
      Partial<Omit<StepReport, "id" | "key">> & {
        key: Uint8Array;
        files?: readonly OutputFile[];
      },
  ): StepReport {
    const { key, files = [], outputs, ...rest } = known;
    let digest = outputs;
    return {
      restored: 0,
      removed: 0,
      stored: false,
      missed: [],
      notStored: undefined,
      duration: 0,
      end: undefined,
      ...rest,
      id: this.#step.id,
      key: key.toHex(),
      // Of 1,000 files, it takes 5 ms, and only dependents need it.
      get outputs() {
        digest ??= outputsDigest(files);
        return digest;
      },
    };
  }
}

/** The variable that tells a command which steps it is run by: the paths of their locks. */
const running = "CACHEPROGW_RUNNING";

function isWithin(env: StepContext["env"], { path }: StepLock): boolean {
  return env[running]?.split(delimiter).includes(path) ?? false;
}

function isAboutColour(variable: string): boolean {
  return variable === "FORCE_COLOR" || variable === "NO_COLOR";
}

/** Why what a command printed isn't known whole; undefined if it is. */
function cutBy(process: boolean, log: boolean): string | undefined {
  if (process) return "a process that it started still runs, and may print more";
  return log ? `it printed more than ${logLimit} bytes` : undefined;
}
