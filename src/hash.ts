import { stat } from "node:fs/promises";
import { checkAttached, isBytes } from "./bytes.ts";
import { ArgumentError, CacheProgError } from "./errors.ts";
import { checkText, describe, shownPath } from "./text.ts";

/**
 * A hash as the go command makes action ids with: SHA-256 that has taken a salt first, which is go's own version, so
 * that two versions of go never share an entry. Source: cmd/go/internal/cache/hash.go, NewHash.
 *
 * ```ts
 * const action = new Hash("my build step v1").update(flags).update(await fileHash("in.c")).digest();
 * ```
 */
export class Hash {
  readonly #hasher = new Bun.CryptoHasher("sha256");

  /** @param salt what is hashed before everything else; "" for a plain SHA-256 */
  constructor(salt: string | Uint8Array) {
    this.update(salt);
  }

  /**
   * A hash as that version of go begins it.
   *
   * @param version as `go env GOVERSION` prints it; what follows " X:" or "-X:", the experiments that a toolchain was
   *   built with, does not count. Source: cmd/go/internal/cache/hash.go, stripExperiment
   */
  static forGo(version: string): Hash {
    if (typeof version !== "string" || version === "") {
      throw new ArgumentError(`the version is ${describe(version)}; expected one such as "go1.24.4"`);
    }
    // " X:" first, wherever it stands: so does go.
    const [plain = version] = version.includes(" X:") ? version.split(" X:") : version.split("-X:");
    return new Hash(plain);
  }

  /**
   * Adds bytes, or a string as UTF-8, to what is hashed.
   *
   * @throws {ArgumentError} for a string with half of a surrogate pair, which would be hashed as U+FFFD is
   */
  update(data: string | Uint8Array): this {
    if (typeof data === "string") checkText(data, "the data to hash");
    else if (isBytes(data)) checkAttached(data.buffer, "the data to hash");
    else throw new ArgumentError(`the data to hash is ${describe(data)}; expected a string or bytes`);
    this.#hasher.update(data);
    return this;
  }

  /** SHA-256 of all so far: 32 bytes. The hash can be added to afterwards. Source: hash.go, Sum */
  digest(): Uint8Array {
    return new Uint8Array(this.#hasher.copy().digest());
  }
}

/**
 * The action id of something that comes with an action, such as what a compiler printed: 32 bytes. It has no salt.
 *
 * @param parent an action id: 32 bytes
 * @param description what it is, such as "stdout"
 * @throws {ArgumentError} for a parent that isn't 32 bytes, and a description with half of a surrogate pair.
 *   Source: cmd/go/internal/cache/hash.go, Subkey
 */
export function subkey(parent: Uint8Array, description: string): Uint8Array {
  if (!isBytes(parent) || parent.length !== 32) {
    const what = isBytes(parent) ? `${parent.length} bytes` : describe(parent);
    throw new ArgumentError(`the parent of a subkey is ${what}; expected 32 bytes`);
  }
  if (typeof description !== "string") {
    throw new ArgumentError(`the description of a subkey is ${describe(description)}; expected a string`);
  }
  checkText(description, "the description of a subkey");
  const hasher = new Bun.CryptoHasher("sha256").update("subkey:").update(parent).update(description);
  return new Uint8Array(hasher.digest());
}

/**
 * SHA-256 of a file, without salt: 32 bytes. The file is read anew at each call, a chunk at a time.
 *
 * @throws (rejects) {ArgumentError} for what is no path
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` where there is no regular file that can be read.
 *   Source: cmd/go/internal/cache/hash.go, FileHash, which remembers the result for the life of the process
 */
export async function fileHash(path: string): Promise<Uint8Array> {
  if (typeof path !== "string" || path === "") {
    throw new ArgumentError(`the path of the file to hash is ${describe(path)}; expected a path`);
  }
  checkText(path, "the path of the file to hash");
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is not a regular file");
    for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  } catch (cause) {
    const shown = shownPath(path);
    const why = cause instanceof Error && shown === path ? cause.message : "it can not be read";
    throw new CacheProgError("BODY_UNREADABLE", `can not hash the file ${shown}: ${why}`, { cause });
  }
  return new Uint8Array(hasher.digest());
}
