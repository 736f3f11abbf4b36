import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { DigestCache } from "../files/digest-cache.ts";
import { fileSet } from "../files/file-set.ts";
import type { StepDefinition } from "./definition.ts";
import { fileField } from "./key.ts";

/** How long nothing may change before a change is reported, in ms: an editor or a checkout changes several files. */
const settle = 50;
/** How long changes may go on before they're reported anyway, in ms. */
const longest = 1_000;

/**
 * The folders in which a change may be one of a step's inputs: those that hold inputs, those that patterns begin with,
 * and those above them, up to the project's root. A folder of inputs that is made later is made in one of these.
 *
 * @param root the project's root, absolute
 */
export async function inputFolders(
  { cwd, inputs }: StepDefinition,
  root: string,
): Promise<ReadonlySet<string>> {
  const folders = new Set<string>();
  const add = (folder: string) => {
    for (let at = folder; !folders.has(at); at = dirname(at)) {
      if (isFolder(at)) folders.add(at);
      if (at === root || relative(root, at).startsWith("..") || at === dirname(at)) return;
    }
  };
  add(cwd);
  for (const pattern of inputs) if (!pattern.startsWith("!")) add(resolve(cwd, plainStart(pattern)));
  const { files } = await fileSet(inputs, { cwd, directories: true });
  for (const { path, kind } of files) add(kind === "directory" ? join(cwd, path) : dirname(join(cwd, path)));
  return folders;
}

/** The declaration of a step and what its inputs hold: equal as long as there's no reason to run it again. */
export async function inputState(definition: StepDefinition, digests: DigestCache): Promise<string> {
  const { files } = await fileSet(definition.inputs, { cwd: definition.cwd, digests });
  return JSON.stringify([definition, files.map(fileField)]);
}

/** The names that a pattern begins with, before its first wildcard. */
function plainStart(pattern: string): string {
  const names = pattern.split("/");
  const wild = names.findIndex((name) => /[*?[{\\!]/.test(name));
  return (wild < 0 ? names : names.slice(0, wild)).join("/") || ".";
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Watches folders, each for itself: what is in node_modules doesn't count. */
export class FolderWatch implements Disposable {
  readonly #watchers = new Map<string, FSWatcher>();
  #changed = Promise.withResolvers<void>();
  #timer: Timer | undefined;
  /** When the first change came that isn't reported yet. */
  #since: number | undefined;

  /**
   * Watches these folders from now on, and no others.
   * @returns whether one of them wasn't watched before, so that a change in it may have been missed
   */
  set(folders: ReadonlySet<string>): boolean {
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    const added = [...folders].filter((folder) => !this.#watchers.has(folder));
    for (const folder of added) this.#add(folder);
    return added.length > 0;
  }

  /** Resolves when something has changed since the last call, and then nothing for a moment. */
  async changed(): Promise<void> {
    await this.#changed.promise;
    this.#changed = Promise.withResolvers<void>();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.set(new Set());
  }

  #add(folder: string): void {
    try {
      const watcher = watch(folder, () => this.#note());
      // The folder is gone; that was a change in the one above.
      watcher.on("error", () => this.#note());
      this.#watchers.set(folder, watcher);
    } catch {
      this.#note(); // it was removed since it was found
    }
  }

  #note(): void {
    clearTimeout(this.#timer);
    this.#since ??= performance.now();
    const left = this.#since + longest - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#since = undefined;
        this.#changed.resolve();
      },
      Math.min(settle, left),
    );
  }
}
