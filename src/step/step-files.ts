import { ArgumentError, CacheProgError } from "../errors.ts";
import type { DigestCache } from "../files/digest-cache.ts";
import { type FileEntry, type FileSet, fileSet } from "../files/file-set.ts";
import { Matcher, type Place } from "../files/matcher.ts";
import type { StepDefinition } from "./definition.ts";
import type { OutputFile } from "./result/manifest.ts";
import { badPath, badTarget, badTogether } from "./result/output-path.ts";

/** What the outputs of a step are now. */
export interface Outputs {
  readonly files: readonly OutputFile[];
  readonly problem: string | undefined;
  readonly unreadable: CacheProgError | undefined;
}

/** The inputs and outputs of a step, as they are now. */
export class StepFiles {
  readonly #definition: StepDefinition;
  readonly #digests: DigestCache;
  readonly #outputs: Matcher;
  /** Where the patterns of the outputs stand in folders: each input and each output is compared with them. */
  readonly #places = new Map<string, Place>();

  /** @param digests remembers the digests of files that don't change */
  constructor(definition: StepDefinition, digests: DigestCache) {
    this.#definition = definition;
    this.#digests = digests;
    this.#outputs = new Matcher(definition.outputs);
  }

  /**
   * The inputs, and the patterns that match none.
   * @throws (rejects) {ArgumentError} a file is an input and an output
   * @throws (rejects) {CacheProgError} `FILE_UNREADABLE`, `FILE_CHANGED`
   */
  async inputs(): Promise<{ readonly files: readonly FileEntry[]; readonly unmatched: readonly string[] }> {
    const { name, inputs, cwd } = this.#definition;
    const set = await fileSet(inputs, { cwd, digests: this.#digests });
    const both = set.files.find(({ path }) => this.covers(path));
    if (both === undefined) return set;
    const shown = JSON.stringify(both.path);
    throw new ArgumentError(
      `step ${JSON.stringify(name)}: ${shown} is both an input and an output; exclude it from the inputs: ${JSON.stringify(`!${both.path}`)}`,
    );
  }

  /** The outputs. `problem` says why they can't be stored, and `unreadable` why it isn't even known what they are. */
  async outputs(): Promise<Outputs> {
    let set: FileSet;
    try {
      set = await this.#outputSet();
    } catch (error) {
      if (!(error instanceof CacheProgError)) throw error;
      return { files: [], problem: error.message, unreadable: error };
    }
    const files = set.files.map(asOutput);
    return { files, problem: problemOf(set, files), unreadable: undefined };
  }

  /** The outputs as a file set has them. */
  async outputEntries(): Promise<readonly FileEntry[]> {
    return (await this.#outputSet()).files;
  }

  /** Whether a path is one of the declared outputs, or a folder within them. */
  covers(path: string): boolean {
    return this.#matches(path, false) || this.#matches(path, true);
  }

  #outputSet(): Promise<FileSet> {
    const { outputs, cwd } = this.#definition;
    return fileSet(outputs, { cwd, directories: true, digests: this.#digests });
  }

  #matches(path: string, isFolder: boolean): boolean {
    const end = path.lastIndexOf("/");
    const place = this.#placeIn(path.slice(0, Math.max(0, end)));
    return place.size > 0 && this.#outputs.match(place, path.slice(end + 1), isFolder).matched.length > 0;
  }

  /** Where the patterns of the outputs stand in a folder. */
  #placeIn(folder: string): Place {
    if (folder === "") return this.#outputs.start(0);
    let place = this.#places.get(folder);
    if (place === undefined) {
      const end = folder.lastIndexOf("/");
      const around = this.#placeIn(folder.slice(0, Math.max(0, end)));
      place = this.#outputs.match(around, folder.slice(end + 1), true).within;
      this.#places.set(folder, place);
    }
    return place;
  }
}

function asOutput(file: FileEntry): OutputFile {
  if (file.kind !== "file") return file;
  const { kind, path, mode, size, digest } = file;
  return { kind, path, mode, size, digest: digest.toHex() };
}

/** Why these files couldn't be restored elsewhere; undefined if they could. */
function problemOf({ special, unmatched }: FileSet, files: readonly OutputFile[]): string | undefined {
  const [odd] = special;
  if (odd !== undefined) return `its output ${odd.path} is a ${odd.kind}`;
  const [missing] = unmatched;
  if (missing !== undefined) return `it left nothing that matches its output ${JSON.stringify(missing)}`;
  for (const file of files) {
    const why =
      badPath(file.path) ?? (file.kind === "symlink" ? badTarget(file.path, file.target) : undefined);
    if (why !== undefined)
      return `its output ${JSON.stringify(file.path)} can't be restored elsewhere: ${why}`;
  }
  return badTogether(files.map(({ path }) => path));
}
