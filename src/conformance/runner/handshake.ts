import { CacheProgError } from "../../errors.ts";
import { Finding } from "../finding.ts";
import { places } from "../sandbox/sandbox.ts";
import type { CheckContexts } from "./contexts.ts";
import { cut, stderrOf } from "./partial-result.ts";

/** Why a program could not be checked. */
export interface NotStarted {
  readonly reason: string;
  /** The first and the last lines of its stderr. */
  readonly stderr: readonly string[];
  /** It could not be run at all, so that there is nothing to check even of how it starts. */
  readonly atAll: boolean;
}

/** What a program has declared. */
export interface Handshake {
  readonly commands: ReadonlySet<string>;
  /** How long it took, in ms. */
  readonly took: number;
}

/** How long a program may be silent at first, and how long where it is tried again, in ms. */
interface Times {
  readonly first: number;
  readonly again: number;
}

/**
 * Starts a program once, for its hello. Where it says none, it is looked whether it would with what this user has: a
 * launcher needs its settings and its cache, and is not at fault.
 */
export async function handshake(contexts: CheckContexts, times: Times): Promise<Handshake | NotStarted> {
  const found = await hello(contexts, times.first, []);
  if (!("reason" in found) || found.atAll) return found;
  const starts = async (names: readonly string[]) =>
    !("reason" in (await hello(contexts, times.again, names)));
  if (!(await starts(places))) return found;
  const names = (await starts(["HOME"])) ? ["HOME"] : places;
  return { ...found, reason: `${difference(names)}; in the sandbox, ${found.reason}` };
}

function difference(names: readonly string[]): string {
  const [yours, empty] =
    names.length === 1
      ? ["your HOME", "an empty one"]
      : [`your own ${names.join(", ")}`, "those of a sandbox"];
  const pass = names.map((name) => `--pass-env ${name}`).join(" ");
  return `it starts with ${yours}, but not with ${empty}. Name the program itself, in the place of what starts it, or give it yours with ${pass}`;
}

function hello(
  contexts: CheckContexts,
  time: number,
  passEnv: readonly string[],
): Promise<Handshake | NotStarted> {
  return contexts.withContext<Handshake | NotStarted>(
    time,
    async (context) => {
      const started = performance.now();
      try {
        const { id, knownCommands } = await context.spawn().hello();
        if (id === 0 && knownCommands.length > 0)
          return { commands: new Set(knownCommands), took: performance.now() - started };
        const reason = "its first message is no hello, which has ID 0 and KnownCommands";
        return { reason, stderr: [], atAll: false };
      } catch (error) {
        const peer = context.lastHeard;
        if (error instanceof Finding && peer !== undefined) {
          await stderrOf(peer);
          const reason = `it said no hello: ${cut(error.actual)}`;
          return { reason, stderr: [...peer.stderrLines], atAll: false };
        }
        if (error instanceof CacheProgError) return { reason: error.message, stderr: [], atAll: true };
        throw error;
      }
    },
    { passEnv },
  );
}
