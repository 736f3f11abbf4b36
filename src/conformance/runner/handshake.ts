import { CacheProgError } from "../../errors.ts";
import { CheckContext, type ContextSettings } from "../conversation/context.ts";
import { cut, Finding } from "../finding.ts";
import { places } from "../sandbox/sandbox.ts";

/** Why a program could not be checked. */
export interface NotStarted {
  readonly reason: string;
  /** The first and last lines of its stderr. */
  readonly stderr: readonly string[];
  /** It could not be executed, so not even the checks of its start can run. */
  readonly atAll: boolean;
}

/** A successful handshake. */
export interface Handshake {
  readonly commands: ReadonlySet<string>;
  /** How long it took, in ms. */
  readonly took: number;
}

/** How long a program may be silent in the first attempt and in later ones, in ms. */
interface Times {
  readonly first: number;
  readonly later: number;
}

/**
 * Starts a program once and waits for its hello. If none arrives, tries again with the user's own directories: a launcher
 * may need its settings and cache there, and then the message says so.
 */
export async function handshake(settings: ContextSettings, times: Times): Promise<Handshake | NotStarted> {
  const found = await hello(settings, times.first, []);
  if (!("reason" in found) || found.atAll) return found;
  const starts = async (names: readonly string[]) =>
    !("reason" in (await hello(settings, times.later, names)));
  if (!(await starts(places))) return found;
  const names = (await starts(["HOME"])) ? ["HOME"] : places;
  return { ...found, reason: `${difference(names)}; in the sandbox, ${found.reason}` };
}

function difference(names: readonly string[]): string {
  const [yours, empty] =
    names.length === 1 ? ["your HOME", "an empty one"] : [`your ${names.join(", ")}`, "those of the sandbox"];
  const pass = names.map((name) => `--pass-env ${name}`).join(" ");
  return `it starts with ${yours}, but not with ${empty}. Run the program itself instead of its launcher, or pass yours with ${pass}`;
}

async function hello(
  settings: ContextSettings,
  time: number,
  passEnv: readonly string[],
): Promise<Handshake | NotStarted> {
  await using context = await CheckContext.open(settings, { time, passEnv });
  const started = performance.now();
  try {
    const { id, knownCommands } = await context.spawn().hello();
    if (id === 0 && knownCommands.length > 0)
      return { commands: new Set(knownCommands), took: performance.now() - started };
    const reason = "its first message is not a hello, which has ID 0 and KnownCommands";
    return { reason, stderr: [], atAll: false };
  } catch (error) {
    const peer = context.lastAwaited;
    if (error instanceof Finding && peer !== undefined)
      return {
        reason: `it sent no hello: ${cut(error.actual)}`,
        stderr: await peer.lastStderr(),
        atAll: false,
      };
    if (error instanceof CacheProgError) return { reason: error.message, stderr: [], atAll: true };
    throw error;
  }
}
