import { CacheProg } from "../../client/client.ts";
import type { StartOptions } from "../../client/options.ts";
import { passOn, tell } from "../terminal/output.ts";
import { atExit } from "./at-exit.ts";
import { type Launch, notStarted } from "./launch.ts";

/** So long the end of a program may be seen before the signal that was sent to both of us is, in ms. */
const pending = 20;

/**
 * Starts a program, has `work` done with it, and closes it, whatever becomes of the work. A signal ends the program as
 * well, which in a second it has to heed. What fails first is what is thrown.
 *
 * @param surroundings where it runs, if not as this process does
 * @throws (rejects) {NotStarted} where it can not be run or does not say hello; {CacheProgError} `ABORTED` and what
 *   close() throws; what `work` throws
 */
export async function withProgram<T>(
  launch: Launch,
  signal: AbortSignal,
  work: (cache: CacheProg) => Promise<T>,
  surroundings: Pick<StartOptions, "env" | "cwd" | "stderr"> = {},
): Promise<T> {
  if (launch.isReference)
    tell("no program after -- and none in GOCACHEPROG: using the reference program (cacheprogw serve)");
  try {
    const options = { ...launch.timeouts, ...inheritedStderr(), ...surroundings, signal };
    const cache = await CacheProg.start(launch.argv, options).catch((error) =>
      Promise.reject(notStarted(error)),
    );
    return await useAndClose(cache, signal, work);
  } catch (error) {
    // Ctrl-C goes to the program too: its end is no failure then, but what the user asked for.
    if (!signal.aborted) await Bun.sleep(pending);
    throw error;
  }
}

/**
 * A program has this process's stderr, but not in CI: what runs that reads it line by line, and obeys some of them. The
 * program's are only to be read.
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

/** Sees to it that a program does not outlive a user's patience: SIGTERM with the signal, SIGKILL a second later. */
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
    // It is gone already.
  }
}
