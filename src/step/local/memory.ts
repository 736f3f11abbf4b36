import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { DigestCache } from "../../files/digest-cache.ts";
import { parseResult, type Result } from "../result/results.ts";
import type { LastKey } from "./last-run.ts";

/** The last run of a step on this machine. */
export interface LastRun {
  /** In hex. */
  readonly key: string;
  readonly parts: LastKey;
  /** What it left; undefined if that wasn't stored. */
  readonly result: Result | undefined;
}

const version = 1;

/**
 * What this machine remembers of a project's steps, in the user's cache directory: the last run of each, and the digests
 * of files that haven't changed since. It can be lost at any time; then more is read and less can be explained.
 */
export class Memory {
  readonly #directory: string;
  #digests: DigestCache | undefined;

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
      const end = bytes.indexOf(0x0a);
      const head: unknown = JSON.parse(bytes.toString("utf8", 0, end));
      if (!isHead(head) || head.version !== version || head.id !== id) return undefined;
      const rest = bytes.subarray(end + 1);
      if (new Bun.CryptoHasher("sha256").update(rest).digest("hex") !== head.sum) return undefined;
      return { key: head.key, parts: head.parts, result: rest.length === 0 ? undefined : parseResult(rest) };
    } catch {
      return undefined;
    }
  }

  /** Remembers a run. A failure is no reason to fail: nothing depends on the memory. */
  note(id: string, { key, parts, result }: LastRun): void {
    const path = this.#path(id);
    const part = `${path}.${process.pid}`;
    const rest = result?.bytes ?? new Uint8Array(0);
    const sum = new Bun.CryptoHasher("sha256").update(rest).digest("hex");
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      writeFileSync(
        part,
        Buffer.concat([Buffer.from(`${JSON.stringify({ version, id, key, sum, parts })}\n`), rest]),
        {
          mode: 0o600,
        },
      );
      renameSync(part, path);
    } catch {
      rmSync(part, { force: true });
    }
  }

  #path(id: string): string {
    return join(this.#directory, `${short(id)}.last`);
  }
}

interface Head {
  readonly version: number;
  readonly id: string;
  readonly key: string;
  readonly sum: string;
  readonly parts: LastKey;
}

/** Whether a value is a head. Only this program writes the file, for this user alone; so its parts aren't looked into. */
function isHead(value: unknown): value is Head {
  return value !== null && typeof value === "object" && "parts" in value && "sum" in value && "key" in value;
}

/** Source: os.UserCacheDir of Go. */
function memoryDirectory(): string {
  const { XDG_CACHE_HOME, LocalAppData } = process.env;
  if (process.platform === "win32" && LocalAppData) return join(LocalAppData, "cacheprogw-steps");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "cacheprogw-steps");
  const base = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), ".cache");
  return join(base, "cacheprogw-steps");
}

function short(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32);
}
