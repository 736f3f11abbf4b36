import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DigestCache } from "../../files/digest-cache.ts";
import { knownHome, userDirectory } from "../../user-directory.ts";
import { parseResult, type Result } from "../result/results.ts";
import { type EarlierRun, earlierRuns } from "./earlier-runs.ts";
import type { LastKey } from "./last-run.ts";
import { StepLock } from "./step-lock.ts";

/** The last run of a step on this machine. */
export interface LastRun {
  /** In hex. */
  readonly key: string;
  /** What the key was made of. Only a miss needs it, and it's long: it isn't parsed before. */
  readonly parts: () => LastKey;
  readonly hasFailed: boolean;
  /** Its patterns of outputs. */
  readonly outputs: readonly string[];
  /** What it left; undefined if that wasn't stored. */
  readonly result: Result | undefined;
}

/*
 * The file of a step: a line of JSON, the parts of its key in JSON, and the manifest of its result, if there is one. The
 * line has the length of the parts, in bytes, and the SHA-256 of what follows it.
 */
const version = 4;

/**
 * What this machine remembers of a project's steps, in the user's cache directory: the last run of each, and the digests
 * of files that haven't changed since. It can be lost at any time; then more is read and less can be explained.
 */
export class Memory {
  readonly #directory: string;
  #digests: DigestCache | undefined;
  #earlier: readonly EarlierRun[] | undefined;

  /** @param root the project's root, an absolute path @param base where the memory of all projects is */
  constructor(root: string, base = memoryDirectory()) {
    this.#directory = join(base, short(root));
  }

  /** The digests of the project's files that haven't changed. */
  get digests(): DigestCache {
    this.#digests ??= new DigestCache(join(this.#directory, "digests"));
    return this.#digests;
  }

  /** The last run of a step; undefined if it isn't known. */
  lastRun(id: string): LastRun | undefined {
    try {
      const bytes = readFileSync(this.#path(id));
      const end = bytes.indexOf(0x0a) + 1;
      const head: unknown = JSON.parse(bytes.toString("utf8", 0, end));
      if (!isHead(head) || head.version !== version || head.id !== id) return undefined;
      if (sha256(bytes.subarray(end)) !== head.sum) return undefined;
      const at = end + head.parts;
      return {
        key: head.key,
        hasFailed: head.hasFailed,
        outputs: head.outputs,
        // Only this program writes the file, for this user alone; so the parts aren't looked into.
        parts: () => JSON.parse(bytes.toString("utf8", end, at)),
        result: at === bytes.length ? undefined : parseResult(bytes.subarray(at)),
      };
    } catch {
      return undefined;
    }
  }

  /** Remembers a run. A failure is no reason to fail: nothing depends on the memory. */
  note(id: string, { key, parts, hasFailed, outputs, result }: LastRun): void {
    const path = this.#path(id);
    const part = `${path}.${process.pid}`;
    const text = Buffer.from(JSON.stringify(parts()));
    const rest = Buffer.concat([text, ...(result === undefined ? [] : [result.bytes])]);
    const head = JSON.stringify({
      version,
      id,
      key,
      hasFailed,
      outputs,
      parts: text.length,
      sum: sha256(rest),
    });
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      writeFileSync(part, Buffer.concat([Buffer.from(`${head}\n`), rest]), { mode: 0o600 });
      renameSync(part, path);
    } catch {
      remove(part);
    }
  }

  /** The steps that ran here after the last run of this one, as far as that was in other processes. */
  ranSince(id: string): readonly EarlierRun[] {
    this.#earlier ??= earlierRuns(this.#directory);
    const own = this.#earlier.find((run) => run.id === id);
    return own === undefined ? [] : this.#earlier.filter(({ time }) => time > own.time);
  }

  /** Who has it may change the outputs of a step. Nobody has it yet. */
  lock(id: string): StepLock {
    return new StepLock(join(this.#directory, `${short(id)}.lock`));
  }

  #path(id: string): string {
    return join(this.#directory, `${short(id)}.last`);
  }
}

interface Head {
  readonly version: number;
  readonly id: string;
  readonly key: string;
  readonly hasFailed: boolean;
  readonly outputs: readonly string[];
  readonly parts: number;
  readonly sum: string;
}

function isHead(value: unknown): value is Head {
  return value !== null && typeof value === "object" && "parts" in value && "sum" in value && "key" in value;
}

/** Where there's no directory for caches, the memory is in a place where nothing can be made. */
function memoryDirectory(): string {
  const directory = userDirectory("cache", process.env, knownHome());
  return join(typeof directory === "string" ? directory : "/dev/null", "cacheprogw-steps");
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The directory can't be read either.
  }
}

function short(text: string): string {
  return sha256(text).slice(0, 32);
}

function sha256(data: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(data).digest("hex");
}
