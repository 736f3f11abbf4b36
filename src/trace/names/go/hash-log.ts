import { unquote } from "./go-text.ts";

/*
 * What go writes on stderr with GODEBUG=gocachehash=1: what each id was hashed from. It's long, and GODEBUG is in the key of
 * a test's output, so a cached test runs again. Source: cmd/go/internal/cache/hash.go
 *
 *   HASH[build fmt]                          a hash begins
 *   HASH[build fmt]: "compile\n"             it gets bytes, quoted as Go does
 *   HASH[build fmt]: 1f2e...                 it's done: the id
 *   HASH subkey 1f2e... "stdout" = 5a3c...   the id of a part
 *   HASH /src/fmt/print.go: 77aa...          the hash of a file
 */

/** What an id was hashed from. */
export interface Hashed {
  /** The name of the hash, such as "build fmt", "vet fmt" or "moduleIndex"; of a subkey, its description. */
  readonly name: string;
  /** What it got, in order, as text; the first one is the version of go. Of a subkey: none. */
  readonly inputs: readonly string[];
  /** Of a subkey: the id that it belongs to. */
  readonly parent?: string;
}

/** What a run of go hashed. */
export interface HashLog {
  /** By id, in hex. An id that is missing, although go hashed it, was hashed at the same time as another of its name. */
  readonly ids: ReadonlyMap<string, Hashed>;
  /** The hash of a file's content, in hex, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** How many ids are missing, by the name of the hash. */
  readonly mixed: ReadonlyMap<string, number>;
}

/** Parses what go wrote, and leaves out what isn't of a hash. What it returns was hashed again, and is right. */
export function parseHashLog(text: string): HashLog {
  const log = new Log();
  for (const line of text.split("\n")) log.push(line);
  return log;
}

const subkeyLine = /^HASH subkey ([0-9a-f]{64}) (".*") = ([0-9a-f]{64})$/;
const fileLine = /^HASH (.+): ([0-9a-f]{64})$/;

class Log implements HashLog {
  readonly ids = new Map<string, Hashed>();
  readonly files = new Map<string, string>();
  readonly mixed = new Map<string, number>();
  /** What the hashes of a name got, since the last one began. */
  readonly #open = new Map<string, Buffer[]>();

  push(line: string): void {
    if (line.startsWith("HASH[")) this.#hash(line.slice("HASH[".length));
    else if (line.startsWith("HASH ")) this.#derived(line);
  }

  #derived(line: string): void {
    const [, parent, description, id] = subkeyLine.exec(line) ?? [];
    if (parent !== undefined && description !== undefined && id !== undefined) {
      this.ids.set(id, { name: unquote(description).toString(), inputs: [], parent });
      return;
    }
    const [, path, sum] = fileLine.exec(line) ?? [];
    if (path !== undefined && sum !== undefined) this.files.set(path, sum);
  }

  #hash(rest: string): void {
    const quoted = rest.indexOf(']: "');
    if (quoted !== -1 && rest.endsWith('"')) {
      this.#open.get(rest.slice(0, quoted))?.push(unquote(rest.slice(quoted + 3)));
      return;
    }
    const id = /\]: ([0-9a-f]{64})$/.exec(rest)?.[1];
    if (id !== undefined) this.#done(rest.slice(0, -id.length - 3), id);
    else if (rest.endsWith("]")) this.#open.set(rest.slice(0, -1), []);
  }

  /** The inputs stay: go adds more to the hash of the C compiler. */
  #done(name: string, id: string): void {
    const inputs = this.#open.get(name) ?? [];
    const hasher = new Bun.CryptoHasher("sha256");
    for (const input of inputs) hasher.update(input);
    if (hasher.digest("hex") === id) this.ids.set(id, { name, inputs: inputs.map(String) });
    else this.mixed.set(name, (this.mixed.get(name) ?? 0) + 1);
  }
}
