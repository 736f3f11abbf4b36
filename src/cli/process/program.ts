import { atExit } from "../../at-exit.ts";
import { CacheProg } from "../../client/client.ts";
import type { StartOptions } from "../../client/options.ts";
import type { OpenCache } from "../../step/lazy-cache.ts";
import { passOn, tell } from "../terminal/output.ts";
import { notStarted } from "./given-program.ts";
import type { Launch } from "./launch.ts";

/** How long our copy of a Ctrl-C may arrive after the exit of a program that got it too, in ms. */
const pending = 20;

/**
 * Starts a program, does `work` with it, and closes it whether or not the work succeeds. If the signal fires, the program
 * gets SIGTERM, and SIGKILL a second later. The first error is thrown.
 *
 * @param surroundings where the program runs, if it differs from this process
 * @throws (rejects) {NotStarted} if it can't be started or doesn't say hello; {CacheProgError} `ABORTED` and what
 *   close() throws; what `work` throws
 */
export async function withProgram<T>(
  launch: Launch,
  signal: AbortSignal,
  work: (cache: CacheProg) => Promise<T>,
  surroundings: Pick<StartOptions, "env" | "cwd" | "stderr"> = {},
): Promise<T> {
  if (launch.isReference)
    tell("no program after -- and none in GOCACHEPROG: using the built-in program (cacheprogw serve)");
  try {
    const options = { ...launch.timeouts, ...inheritedStderr(), ...surroundings, signal };
    const cache = await CacheProg.start(launch.argv, options).catch((error) =>
      Promise.reject(notStarted(error)),
    );
    return await useAndClose(cache, signal, work);
  } catch (error) {
    // Ctrl-C reaches the program too; then its exit isn't a failure, but what the user asked for.
    if (!signal.aborted) await Bun.sleep(pending);
    throw error;
  }
}

/**
 * Starts a program as a cache for steps. If the signal fires before it's closed, it gets SIGTERM, and SIGKILL a second
 * later: a slow one must not outlive a Ctrl-C.
 *
 * @throws (rejects) as CacheProg.start
 */
export async function openProgram(
  { argv, timeouts }: Pick<Launch, "argv" | "timeouts">,
  signal: AbortSignal,
): Promise<OpenCache> {
  const cache = await CacheProg.start(argv, { ...timeouts, ...inheritedStderr(), signal });
  const release = endWithUs(cache.pid, signal);
  return {
    get: (...call) => cache.get(...call),
    getFile: (...call) => cache.getFile(...call),
    put: (...call) => cache.put(...call),
    close: () => cache.close().finally(release),
  };
}

/**
 * A program inherits stderr, except in CI: CI systems run commands they find in the output, and a program's lines must
 * not be taken for commands.
 */
function inheritedStderr(): Pick<StartOptions, "stderr"> {
  const isCI = ["CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].some((name) => process.env[name]);
  return isCI ? { stderr: passOn } : {};
}

async function useAndClose<T>(
  cache: CacheProg,
  signal: AbortSignal,
  work: (cache: CacheProg) => Promise<T>,
): Promise<T> {
  const release = endWithUs(cache.pid, signal);
  try {
    const result = await work(cache);
    await cache.close();
    return result;
  } catch (error) {
    await cache.close().catch(() => {});
    throw error;
  } finally {
    release();
  }
}

/** Ends a program when the signal fires: SIGTERM at once, SIGKILL a second later, or when this process exits. */
function endWithUs(pid: number, signal: AbortSignal): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const terminate = () => {
    kill(pid, "SIGTERM");
    timer = setTimeout(kill, 1_000, pid, "SIGKILL");
  };
  if (signal.aborted) terminate();
  signal.addEventListener("abort", terminate, { once: true });
  const forget = atExit(() => kill(pid, "SIGKILL"));
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", terminate);
    forget();
  };
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has exited already.
  }
}
