/*
 * Shorter DiskPaths: most of a path is a folder that all share, and an id that the line has already.
 *
 *   {"folder":1,"path":"/home/me/.cache/cacheprogw"}       once, before its first use
 *   "path":[1,"3f/{output}-2"]                             a path in that folder; {output} and {action} are ids in hex
 */

/** A path in a trace file: whole, or the number of a folder and the rest. */
export type StoredPath = string | readonly [folder: number, rest: string];

/** How many folders a trace may name. Later ones stay in the paths. */
const mostFolders = 64;

/** Shortens paths for a file. */
export class PathShortener {
  readonly #folders = new Map<string, number>();

  /** @returns what to store, and the line to write before if the folder is a new one */
  shorten(
    path: string,
    ids: Ids,
  ): { readonly path: StoredPath; readonly folder?: readonly [number, string] } {
    const cut = folderEnd(path);
    const rest = path.slice(cut + 1);
    // Braces in a name would be taken for an id.
    if (cut < 1 || rest.includes("{")) return { path };
    const folder = path.slice(0, cut);
    const known = this.#folders.get(folder);
    const number = known ?? this.#folders.size + 1;
    if (number > mostFolders) return { path };
    const stored = [number, withoutIds(rest, ids)] as const;
    if (known !== undefined) return { path: stored };
    this.#folders.set(folder, number);
    return { path: stored, folder: [number, folder] };
  }
}

interface Ids {
  readonly action?: string | undefined;
  readonly output?: string | undefined;
}

/** Where the shared folder ends: before the name, and before a folder of two hex digits, as go's cache has it. */
function folderEnd(path: string): number {
  const end = path.lastIndexOf("/");
  return /\/[0-9a-f]{2}$/.test(path.slice(0, end)) ? end - 3 : end;
}

function withoutIds(text: string, { action, output }: Ids): string {
  const short = output ? text.replace(output, "{output}") : text;
  return action ? short.replace(action, "{action}") : short;
}

/** The path that was stored. @returns undefined if its folder is unknown */
export function wholePath(
  [folder, rest]: readonly [number, string],
  folders: ReadonlyMap<number, string>,
  { action = "", output = "" }: Ids,
): string | undefined {
  const whole = folders.get(folder);
  if (whole === undefined) return undefined;
  return `${whole}/${rest.replace("{output}", output).replace("{action}", action)}`;
}
