import { checkAttached, isBytes } from "./bytes.ts";
import { ArgumentError, CacheProgError } from "./errors.ts";
import { type FieldValue, frameField } from "./frame.ts";
import { checkText, describe, shownPath } from "./text.ts";

/**
 * The hash behind the go command's action ids: SHA-256 of a salt and then the data. Go's salt is its own version, which
 * keeps two versions of go from sharing an entry. Source: cmd/go/internal/cache/hash.go, NewHash.
 *
 * ```ts
 * import { fileHash, Hash } from "cacheprogw";
 *
 * const hash = new Hash("my build step v1").field("flags", ["-O2"]).field("input", await fileHash("in.c"));
 * const action = hash.digest();
 * ```
 */
export class Hash {
  #hasher = new Bun.CryptoHasher("sha256");

  /**
   * @param salt hashed as it is before everything else, without a frame; "" for plain SHA-256
   * @throws {ArgumentError} as {@link update}
   */
  constructor(salt: string | Uint8Array) {
    this.update(salt);
  }

  /**
   * A hash with the salt of one version of go.
   *
   * @param version as `go env GOVERSION` prints it. A list of experiments after " X:" or "-X:" is dropped.
   *   Source: cmd/go/internal/cache/hash.go, stripExperiment
   * @throws {ArgumentError} for an empty version
   */
  static forGo(version: string): Hash {
    if (typeof version !== "string" || version === "") {
      throw new ArgumentError(`the version is ${describe(version)}; expected one such as "go1.24.4"`);
    }
    // Like go, look for " X:" first, even if "-X:" comes before it.
    const [plain = version] = version.includes(" X:") ? version.split(" X:") : version.split("-X:");
    return new Hash(plain);
  }

  /**
   * Adds bytes, or a string as UTF-8, as they are and with nothing between them, as go does. So
   * `new Hash("a").update("bc")` is the same as `new Hash("a").update("b").update("c")` and as `new Hash("ab").update("c")`.
   * Use {@link field} for everything whose length may vary; update is for go's own ids, and for a single part at the end.
   *
   * @throws {ArgumentError} for a string with a lone surrogate, which would hash like U+FFFD, and for anything but a string
   *   and bytes
   */
  update(data: string | Uint8Array): this {
    if (typeof data === "string") checkText(data, "the data to hash");
    else if (isBytes(data)) checkAttached(data.buffer, "the data to hash");
    else throw new ArgumentError(`the data to hash is ${describe(data)}; expected a string or bytes`);
    this.#hasher.update(data);
    return this;
  }

  /**
   * Adds a name and a value, framed: with one salt, two different sequences of fields never hash the same bytes. The names
   * and the order of the fields count; the order of an object's keys doesn't.
   *
   * A frame is a tag of 1 byte, a length of 8 bytes (unsigned, big-endian) and the content. A field is the frame of its
   * name, as text, and then the frame of its value:
   *
   * | value | tag | length | content |
   * |---|---|---|---|
   * | bytes | `b` | number of bytes | the bytes |
   * | text | `s` | number of bytes | UTF-8 |
   * | number | `n` | 8 | IEEE 754 double, big-endian; -0 counts as 0 |
   * | bigint | `i` | number of digits, with the sign | decimal ASCII: `-` if negative, no leading zeros |
   * | true, false, null | `t`, `f`, `z` | 0 | none |
   * | array | `a` | number of elements | the frame of each |
   * | plain object | `o` | number of keys | for each key, by its UTF-8 bytes: the frame of the key as text, then of the value |
   *
   * So 1, 1n, "1" and true are different values. An object's enumerable own properties count, a getter for what it returns.
   * Test vector: `new Hash("").field("a", [-0, { c: "é", b: 1n }])` hashes these 86 bytes:
   *
   * ```text
   * 73 0000000000000001 61                    s "a"
   * 61 0000000000000002                       a of 2
   *    6e 0000000000000008 0000000000000000   n 0
   *    6f 0000000000000002                    o of 2
   *       73 0000000000000001 62              s "b"
   *       69 0000000000000001 31              i 1
   *       73 0000000000000001 63              s "c"
   *       73 0000000000000002 c3a9            s "é"
   * ```
   *
   * The salt and what {@link update} adds have no frame, and could equal a field's bytes. Keep the salt constant, and keep
   * to fields after it. Beside fields, update is safe only for parts of a fixed length in a fixed place, such as a digest.
   *
   * @throws {ArgumentError} that names the place in the value, and nothing is added: for undefined, NaN, an infinite number,
   *   a function, a symbol, an instance of a class (a Date, a Map, a Blob), a cycle, a hole in an array, a lone surrogate,
   *   or more than 1,000 nested arrays and objects
   */
  field(name: string, value: FieldValue): this {
    const next = this.#hasher.copy();
    frameField(name, value, (data) => next.update(data));
    this.#hasher = next;
    return this;
  }

  /** SHA-256 of everything added so far: 32 bytes. You can add more afterwards. Source: hash.go, Sum */
  digest(): Uint8Array {
    return new Uint8Array(this.#hasher.copy().digest());
  }
}

/**
 * Derives the action id of a by-product of an action, such as a compiler's output: 32 bytes, without a salt.
 *
 * @param parent an action id: 32 bytes
 * @param description names the by-product, such as "stdout"
 * @throws {ArgumentError} for a parent that isn't 32 bytes, or a description with a lone surrogate.
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
 * SHA-256 of a file, without a salt: 32 bytes. Each call reads the file again, a chunk at a time.
 *
 * @param path from the working directory; a symbolic link is followed
 * @throws (rejects) {ArgumentError} for a value that isn't a path
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` unless the path is a readable regular file.
 *   Source: cmd/go/internal/cache/hash.go, FileHash, which remembers the result for the life of the process
 */
export async function fileHash(path: string): Promise<Uint8Array> {
  if (typeof path !== "string" || path === "") {
    throw new ArgumentError(`the path of the file to hash is ${describe(path)}; expected a path`);
  }
  checkText(path, "the path of the file to hash");
  // Not imported above, so that a script that imports the library doesn't load it; see client/client.ts.
  const { stat } = await import("node:fs/promises");
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is not a regular file");
    for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  } catch (cause) {
    const shown = shownPath(path);
    const why = cause instanceof Error && shown === path ? cause.message : "it can't be read";
    throw new CacheProgError("BODY_UNREADABLE", `can't hash the file ${shown}: ${why}`, { cause });
  }
  return new Uint8Array(hasher.digest());
}
