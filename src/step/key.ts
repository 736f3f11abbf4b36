import type { FileEntry } from "../files/file-set.ts";
import { keyOf } from "../files/key.ts";
import { Hash } from "../hash.ts";

/*
 * The key of a step: everything that its result may depend on, and nothing implicit. README.md documents it to the byte.
 */

/** What a key is made of. */
export interface KeyParts {
  /** The text for a shell, or the program and its arguments; null for a function. */
  readonly command: string | readonly string[] | null;
  /** The directory it runs in, relative to the project's root, with `/`; "" is the root itself. */
  readonly directory: string;
  /** The patterns, as declared. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** In the order of their paths' UTF-8 bytes. */
  readonly files: readonly FileEntry[];
  /** The declared environment variables; null for one that isn't set. */
  readonly env: Readonly<Record<string, string | null>>;
  /** The operating system and processor, such as "linux-x64"; null if the result is good on any. */
  readonly platform: string | null;
  /** The caller's own text. */
  readonly version: string;
  /** The outputs of the steps that it depends on: their ids, and {@link outputsDigest} of each. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The key of a step: 32 bytes. */
export function stepKey(parts: KeyParts): Uint8Array {
  return new Hash("cacheprogw step 1")
    .field("command", parts.command)
    .field("directory", parts.directory)
    .field("inputs", parts.inputs)
    .field("outputs", parts.outputs)
    .field("files", keyOf(parts.files))
    .field("env", parts.env)
    .field("platform", parts.platform)
    .field("version", parts.version)
    .field("dependencies", parts.dependencies)
    .digest();
}

/** An input, as far as its key goes: equal for equal files. */
export function fileField(file: FileEntry): readonly (string | boolean)[] {
  if (file.kind === "file") return ["file", file.path, file.executable, file.digest.toHex()];
  return file.kind === "symlink" ? ["symlink", file.path, file.target] : ["directory", file.path];
}

/** This machine, as it stands in a key. */
export const thisPlatform = `${process.platform}-${process.arch}`;
