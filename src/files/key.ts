import { readArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../text.ts";
import type { FileEntry } from "./file-set.ts";
import type { FileSetOptions } from "./options.ts";

/** Options of {@link fileSetKey}. */
export interface FileSetKeyOptions extends FileSetOptions {
  /**
   * A file that remembers the digests of files, so that unchanged ones aren't read again: its path from this process's
   * working directory. It's made if it doesn't exist, and never part of the key. If it can't be written, or holds something
   * else, it stays as it is, and the files are read each time.
   */
  readonly digests?: string | undefined;
  /** Called for each pattern that matches nothing, which is most likely a typo. */
  readonly onUnmatched?: ((pattern: string) => void) | undefined;
}

const head = "cacheprogw file set 1\0";
const nothing = new Uint8Array();

/**
 * A key of files: 32 bytes that depend on their paths, kinds and contents, and on whether their owner may execute them. It's
 * the same in every checkout, whatever its folder, the umask and the times of the files.
 *
 * ```ts
 * import { fileSetKey, Hash } from "cacheprogw";
 *
 * const sources = await fileSetKey(["src", "package.json", "!src/fixtures"]);
 * const action = new Hash("bundle v1").field("sources", sources).digest();
 * ```
 *
 * It's the SHA-256 of `cacheprogw file set 1`, a NUL, and for each file, by the UTF-8 bytes of its path: the mode, a space,
 * a SHA-256 in hex, a space, the path in UTF-8, and a NUL.
 *
 * | file | mode | SHA-256 of |
 * |---|---|---|
 * | regular file | `100644` | the content |
 * | executable file | `100755` | the content |
 * | symbolic link | `120000` | its target in UTF-8 |
 * | folder, listed only with `directories` | `040000` | nothing |
 *
 * Test vector: for a file `a` that contains "x", and a symbolic link `b` to `a`, it's the SHA-256 of
 *
 * ```text
 * cacheprogw file set 1␀
 * 100644 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 a␀
 * 120000 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb b␀
 * ```
 *
 * without the line breaks: ffe6ea3d39c5a505af6d7dcc75d8eaf762312f9f60f202e3c3640ccee33e30cf.
 *
 * @param globs paths from `cwd` in the syntax of Bun.Glob. "src" is everything in that folder, "!src/old" excludes, and
 *   "../shared/tsconfig.json" is outside of `cwd`. Wildcards match names that begin with a dot, but not `.git` and
 *   `node_modules`, unless the pattern names them before, and never `.env` and `.env.*`: name such a file in full. A
 *   symbolic link counts with its target's name, and isn't followed
 * @throws (rejects) {ArgumentError} for a pattern that can't be read, an absolute one, one with `..` after a name,
 *   exclusions alone, or a wrong option
 * @throws (rejects) {CacheProgError} `FILE_UNREADABLE` for a file or folder that can't be read, or has a name that isn't
 *   valid UTF-8; `FILE_CHANGED` for a file that changes or vanishes meanwhile
 */
export async function fileSetKey(
  globs: string | readonly string[],
  options: FileSetKeyOptions = {},
): Promise<Uint8Array> {
  // The caller may change them while the rest is loaded, which isn't imported above so that a script that imports the
  // library doesn't load it; see client/client.ts.
  const patterns = readArgument("the patterns of the file set", () =>
    Array.isArray(globs) ? [...globs] : globs,
  );
  const given = readArgument("the options of the file set", () =>
    isObject(options) ? { ...options } : options,
  );
  const [{ fileSet }, { checkNames }] = await Promise.all([import("./file-set.ts"), import("./options.ts")]);
  checkNames(given, ["cwd", "directories", "digests", "onUnmatched"]);
  const { onUnmatched, ...rest } = given;
  if (onUnmatched !== undefined && typeof onUnmatched !== "function")
    throw new ArgumentError(`option onUnmatched is ${describe(onUnmatched)}; expected a function`);
  const { files, unmatched } = await fileSet(patterns, rest);
  for (const pattern of unmatched) onUnmatched?.(pattern);
  return keyOf(files);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** The key of a set's files. For the format, see {@link fileSetKey}. */
export function keyOf(files: readonly FileEntry[]): Uint8Array {
  const hasher = new Bun.CryptoHasher("sha256").update(head);
  let lines = "";
  for (const file of files) {
    const { mode, digest } = described(file);
    lines += `${mode} ${digest.toHex()} ${file.path}\0`;
    if (lines.length < 65_536) continue;
    hasher.update(lines);
    lines = "";
  }
  return new Uint8Array(hasher.update(lines).digest());
}

function described(file: FileEntry): { mode: string; digest: Uint8Array } {
  switch (file.kind) {
    case "file":
      return { mode: file.executable ? "100755" : "100644", digest: file.digest };
    case "symlink":
      return { mode: "120000", digest: sha256(file.target) };
    case "directory":
      return { mode: "040000", digest: sha256(nothing) };
  }
}

function sha256(data: string | Uint8Array): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(data).digest());
}
