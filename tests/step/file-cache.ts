import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "../../src/client/entry.ts";
import { CacheProgError } from "../../src/errors.ts";
import type { ResultCache } from "../../src/step/result/results.ts";

/** A cache in a directory, which a test can look into, damage and break. */
export class FileCache implements ResultCache {
  readonly #directory: string;
  readonly entries = new Map<string, Entry>();
  /** Every call, such as "get" and "put". */
  readonly calls: string[] = [];
  /** Whether an action keeps its first body, as some programs do. */
  keepsFirst = false;
  /** Calls that fail. */
  broken: ReadonlySet<string> = new Set();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async get(action: Uint8Array): Promise<Entry | null> {
    this.#call("get");
    return this.entries.get(action.toHex()) ?? null;
  }

  async getFile(action: Uint8Array): Promise<Entry | null> {
    this.#call("getFile");
    const entry = this.entries.get(action.toHex()) ?? null;
    const stats = entry && statSync(entry.diskPath, { throwIfNoEntry: false });
    return stats?.size === entry?.size ? entry : null;
  }

  put = async (action: Uint8Array, body: unknown): Promise<Entry> => {
    this.#call("put");
    if (!(body instanceof Uint8Array)) throw new TypeError("steps put bytes alone");
    const outputID = new Uint8Array(new Bun.CryptoHasher("sha256").update(body).digest());
    const diskPath = join(this.#directory, `${action.toHex().slice(0, 16)}-${outputID.toHex()}`);
    const key = action.toHex();
    const before = this.keepsFirst ? this.entries.get(key) : undefined;
    if (before !== undefined) return before;
    writeFileSync(diskPath, body);
    const entry = { outputID, size: body.length, time: Temporal.Now.instant(), diskPath };
    this.entries.set(key, entry);
    return entry;
  };

  /** The entry that was put last. */
  get last(): Entry {
    const entry = [...this.entries.values()].at(-1);
    if (entry === undefined) throw new Error("nothing was put");
    return entry;
  }

  #call(name: string): void {
    this.calls.push(name);
    if (this.broken.has(name)) throw new CacheProgError("SERVER_ERROR", `${name} is broken`);
  }
}
