import { join } from "node:path";
import { ArgumentError, CacheProg, CacheProgError, type StartOptions } from "../../src/index.ts";
import { Lines } from "./stderr-lines.ts";

const program = join(import.meta.dir, "../../fixtures/scripted-server.ts");

/** The command of a cache program that runs a script; see fixtures/scripted-server.ts. */
export function scripted(script: string): string[] {
  return [process.execPath, program, script];
}

/** Answers each request as an empty cache that keeps nothing, and exits at the end of stdin. */
export const emptyCache = `
  hello();
  for (const { ID, Command } of requests())
    say(Command === "get" ? { ID, Miss: true } : Command === "put" ? { ID, DiskPath: "/dev/null" } : { ID });
`;

/** Starts a client of a scripted program. `log` collects what the program writes to stderr. */
export async function play(
  script: string,
  options: StartOptions = {},
): Promise<{ readonly cache: CacheProg; readonly log: Lines }> {
  const log = new Lines();
  const cache = await CacheProg.start(scripted(script), { stderr: log.add, ...options });
  return { cache, log };
}

/** A key of 32 bytes, derived from the name. */
export function key(name: string | number): Uint8Array {
  return sha256(String(name));
}

export function sha256(data: string | Uint8Array): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(data).digest());
}

/** The error of cacheprogw that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<CacheProgError | ArgumentError> {
  const outcome = await promise.then(
    (value) => new Error(`expected a failure, but it resolved to ${Bun.inspect(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof CacheProgError || outcome instanceof ArgumentError) return outcome;
  throw outcome;
}
