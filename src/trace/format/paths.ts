/*
 * Shorter DiskPaths: in most of them, only an id differs, and the line of the response or its request has that already.
 *
 *   {"template":1,"path":"/home/me/.cache/cacheprogw/{output:2}/{output}-2"}     once, before its first use
 *   "path":1                                                                     a path of this form
 *
 * {output} and {action} are ids in hex, {output:2} the first two digits, as go's cache has them for its folders. A path
 * without an id is written as it is.
 */

/** How many templates a trace may have. Later paths are written as they are. */
const mostTemplates = 64;

/** The ids of a response and its request, in hex. */
interface Ids {
  readonly action?: string | undefined;
  readonly output?: string | undefined;
}

/** Shortens paths for a file. */
export class PathShortener {
  readonly #templates = new Map<string, number>();

  /** @returns what to store, and the template if it's a new one, to be written before */
  shorten(path: string, ids: Ids): { readonly path: string | number; readonly isNew?: string } {
    // Braces in a path would be taken for an id.
    const template = path.includes("{") ? path : withoutIds(path, ids);
    if (template === path) return { path };
    const known = this.#templates.get(template);
    if (known !== undefined) return { path: known };
    const number = this.#templates.size + 1;
    if (number > mostTemplates) return { path };
    this.#templates.set(template, number);
    return { path: number, isNew: template };
  }
}

function withoutIds(path: string, { action, output }: Ids): string {
  return withoutID(withoutID(path, "output", output), "action", action);
}

function withoutID(path: string, name: string, id: string | undefined): string {
  if (!id) return path;
  return path
    .replace(`/${id.slice(0, 2)}/${id}`, () => `/{${name}:2}/{${name}}`)
    .replaceAll(id, () => `{${name}}`);
}

/** The path of a template. */
export function wholePath(template: string, { action = "", output = "" }: Ids): string {
  return template
    .replace("{output:2}", () => output.slice(0, 2))
    .replaceAll("{output}", () => output)
    .replace("{action:2}", () => action.slice(0, 2))
    .replaceAll("{action}", () => action);
}
