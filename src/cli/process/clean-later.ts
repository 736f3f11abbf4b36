import type { Limits } from "../../server/store/trim/limits.ts";
import { takeTurn } from "../../server/store/trim/trim-schedule.ts";

/**
 * Starts `cacheprogw clean` on a store, if that is due. Go waits for the end of our stdout, and a shell or an editor for
 * that of our stderr, so it's a process of its own, which has neither. Nobody waits for it.
 * Source: ProgCache.Close of cmd/go/internal/cache
 *
 * In a user's bundle, serve is an argument of `bun -e`, too short for clean, and nothing is started.
 *
 * @param directory the absolute path of the store
 */
export function cleanLater(directory: string, { maxSize, maxAge }: Limits): void {
  const { execPath, execArgv } = process;
  if (execArgv.includes("-e") || !takeTurn(directory, { maxSize, maxAge })) return;
  const size = Number.isFinite(maxSize) ? maxSize : "none";
  const age = Number.isFinite(maxAge) ? `${maxAge / 60}m` : "none";
  const options = ["--dir", directory, `--max-size=${size}`, `--max-age=${age}`];
  try {
    const child = Bun.spawn([execPath, ...execArgv, Bun.main, "clean", ...options], {
      cwd: directory,
      stdio: ["ignore", "ignore", "ignore"],
      detached: true,
    });
    child.unref();
    const { constants, setPriority } = process.getBuiltinModule("node:os"); // not at the start, for which go waits
    setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // The next serve tries again.
  }
}
