import { stat } from "node:fs/promises";
import { fileHash } from "../../hash.ts";
import { reason } from "../../trouble.ts";
import type { Answered, NamedFile } from "./rule.ts";

/** How many files are remembered. */
const most = 100_000;

type Named = Omit<NamedFile, "found">;

/** The files that responses name, each with what the last response says of it. */
export class NamedFiles {
  readonly #files = new Map<string, Named>();

  /** A hit, or the response to a put. */
  note({ response, request: { event, entry } }: Answered): void {
    const { path = "", error, miss } = response;
    if (path === "" || error || miss) return;
    const isGet = event.command === "get";
    // If it was put in this trace, a hit isn't believed: other rules compare what it says.
    const said = isGet ? (entry ?? response) : event;
    const [output = "", size = 0] = [said.output, Number(said.size ?? 0)];
    if (this.#files.size < most || this.#files.has(path))
      this.#files.set(path, { path, command: isGet ? "get" : "put", output, size });
  }

  /**
   * What became of them. A file that was changed after the recording says nothing about it, so it's left out.
   *
   * @param end of the recording, in ms since 1970
   */
  async *look(end: number): AsyncGenerator<NamedFile, void, undefined> {
    for (const named of this.#files.values()) {
      const found = await foundAt(named.path);
      if (found === undefined || found.changed <= end) yield { ...named, found };
    }
  }
}

async function foundAt(path: string) {
  try {
    const stats = await stat(path);
    const { size, mode, mtimeMs: changed } = stats;
    return { isFile: stats.isFile(), size, mode, changed, content: await contentAt(path) };
  } catch {
    return undefined;
  }
}

async function contentAt(path: string): Promise<{ sha256: string } | { why: string }> {
  try {
    return { sha256: (await fileHash(path)).toHex() };
  } catch (error) {
    return { why: reason(error) };
  }
}
