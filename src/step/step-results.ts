import { ArgumentError, CacheProgError } from "../errors.ts";
import { reason } from "../trouble.ts";
import { Claim } from "./graph/claim.ts";
import { sharedOutput } from "./graph/overlap.ts";
import type { LastRun } from "./local/memory.ts";
import { type OutputFile, UnsoundResult } from "./result/manifest.ts";
import { OutputChanged } from "./result/pack.ts";
import { changesTo, restore } from "./result/restore.ts";
import {
  findResult,
  generations,
  type Outcome,
  openData,
  outputsDigest,
  type Result,
  type ResultCache,
  ResultTooLarge,
  storeResult,
} from "./result/results.ts";
import { prepareToMake } from "./result/staging.ts";
import type { StepContext, StepRun } from "./step-context.ts";
import type { StepFiles } from "./step-files.ts";

/** What the cache had for a key. */
export interface Lookup {
  readonly result: Result | undefined;
  /** Where the next manifest goes; undefined if the cache wasn't asked. */
  readonly generation: number | undefined;
  /** A good result that couldn't be restored here: the cache keeps it. */
  readonly kept?: Result | undefined;
  /** Whether the outputs couldn't be read or written. */
  readonly isBlocked?: boolean;
  readonly restored: number;
  readonly removed: number;
}

/** What came of one attempt. "none": there is no result, or the cache failed; "unsound": it can't be used. */
type Attempt = Pick<Lookup, "result" | "restored" | "removed" | "kept" | "isBlocked"> | "none" | "unsound";

const nothing = { result: undefined, restored: 0, removed: 0 } as const;

/** The results of one step: in this machine's memory and in the cache. A cache that fails is no reason to fail. */
export class StepResults {
  readonly #step: StepRun;
  readonly #context: StepContext;
  readonly #files: StepFiles;
  readonly #takeOutputs: () => Promise<boolean>;
  #hasWarned = false;

  /** @param takeOutputs waits until no other run changes the outputs. Resolves with whether one may have changed them */
  constructor(step: StepRun, context: StepContext, files: StepFiles, takeOutputs: () => Promise<boolean>) {
    this.#takeOutputs = takeOutputs;
    this.#step = step;
    this.#context = context;
    this.#files = files;
  }

  /** Finds the result of a key, and makes the outputs those of it. */
  async lookUp(key: Uint8Array, last: LastRun | undefined): Promise<Lookup> {
    const { files: current, unreadable } = await this.#files.outputs();
    const { signal, warn } = this.#context;
    if (unreadable !== undefined) {
      warn(`its outputs can't be restored: ${unreadable.message}`);
      return { ...nothing, generation: undefined, isBlocked: true };
    }
    if (last?.result !== undefined && last.key === key.toHex()) {
      const { result } = last;
      const found = await this.#attempt(current, async () => result);
      if (found instanceof Object) return { generation: 0, ...found };
    }
    for (let generation = 0; generation < generations; generation++) {
      const find = async () => findResult(await this.#context.cache(), key, generation, signal);
      const found = await this.#attempt(current, find);
      if (found instanceof Object) return { generation, ...found };
      if (found === "none") return { ...nothing, generation };
    }
    return { ...nothing, generation: generations };
  }

  /** Finds a result and applies it. */
  async #attempt(current: readonly OutputFile[], find: () => Promise<Result | null>): Promise<Attempt> {
    let result: Result | null = null;
    try {
      result = await find();
      return result === null ? "none" : { result, ...(await this.#apply(result, current)) };
    } catch (error) {
      if (error instanceof ArgumentError) throw error;
      if (error instanceof CacheProgError) {
        this.#cacheFailed(error);
        return "none";
      }
      if (result !== null && !(error instanceof UnsoundResult)) {
        // A full disk, or a folder that can't be written: the result is good, and may be restored the next time.
        this.#context.warn(`its outputs can't be restored: ${reason(error)}`);
        return { ...nothing, kept: result, isBlocked: true };
      }
      if (!this.#hasWarned) this.#context.warn(`the stored result can't be used: ${reason(error)}`);
      this.#hasWarned = true; // its later generations most likely have the same trouble
      return "unsound";
    }
  }

  /** Makes the outputs those of a result. @throws (rejects) {UnsoundResult}, and what the file system says */
  async #apply(
    result: Result,
    current: readonly OutputFile[],
  ): Promise<Pick<Lookup, "restored" | "removed">> {
    const changes = changesTo(result.manifest.files, current);
    const applied = { restored: changes.make.length, removed: changes.remove.length };
    if (this.#context.dryRun || applied.restored + applied.removed === 0) return applied;
    prepareToMake(changes.make);
    if (await this.#takeOutputs()) return this.#apply(result, (await this.#files.outputs()).files);
    this.#warnOfOthers();
    const data = openData(this.#context.cache, result, this.#context.signal);
    await restore(
      this.#step.definition.cwd,
      changes,
      ({ size }, offset) => data.place(offset, size),
      (path) => this.#files.covers(path),
    );
    return applied;
  }

  /** Runs of the command line don't know of each other, but what a step restores may be older than what another one left. */
  #warnOfOthers(): void {
    const { id, definition } = this.#step;
    const own = new Claim(id, definition.outputs);
    for (const { id: other, outputs } of this.#context.memory.ranSince(id)) {
      const path = sharedOutput(own, new Claim(other, outputs));
      if (path === undefined) continue;
      const name = other.replace(/^:/, "");
      this.#context.warn(
        `${name}, which ran since, has ${JSON.stringify(path)} among its outputs, too: each removes the other's files; expected outputs of their own`,
      );
      return;
    }
  }

  /** @param found what the cache had, if it was asked @returns why it wasn't stored, if it wasn't */
  async store(key: Uint8Array, found: Lookup | undefined, outcome: Outcome): Promise<Result | string> {
    const kept = found?.kept;
    if (kept !== undefined) {
      const isSame = outputsDigest(kept.manifest.files) === outputsDigest(outcome.files);
      return isSame ? kept : "the cache keeps the result that couldn't be restored";
    }
    const known = found?.generation;
    try {
      const { signal } = this.#context;
      const cache = await this.#context.cache();
      const generation = known ?? (await replaceable(cache, key, signal));
      if (generation >= generations) return "the cache has damaged results of it that can't be replaced";
      const result = await storeResult(cache, key, generation, outcome, signal);
      const isKept =
        known !== undefined || (await findResult(cache, key, generation, signal))?.bytes.equals(result.bytes);
      return isKept
        ? result
        : "the cache keeps the result it had; change the version of the step to store another";
    } catch (error) {
      if (error instanceof OutputChanged || error instanceof ResultTooLarge) return error.message;
      this.#cacheFailed(error);
      return "the cache failed";
    }
  }

  /** @throws the error, if a cache that fails is one */
  #cacheFailed(error: unknown): void {
    if (!(error instanceof CacheProgError) || this.#context.requireCache || this.#context.signal.aborted)
      throw error;
    this.#context.onCacheFailure(error);
  }
}

/** The generation whose manifest a lookup would find, or the first one without any. */
async function replaceable(cache: ResultCache, key: Uint8Array, signal: AbortSignal): Promise<number> {
  for (let generation = 0; generation < generations; generation++) {
    try {
      await findResult(cache, key, generation, signal);
      return generation;
    } catch (error) {
      if (!(error instanceof UnsoundResult)) throw error;
    }
  }
  return generations;
}
