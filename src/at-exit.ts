const cleanings = new Set<() => void>();

/**
 * Calls `clean` if the process ends, by process.exit, before the returned function is called. This removes temporary
 * files even if a second Ctrl-C ends the process. `clean` must be synchronous.
 */
export function atExit(clean: () => void): () => void {
  if (cleanings.size === 0) process.once("exit", cleanAll);
  cleanings.add(clean);
  return () => {
    cleanings.delete(clean);
    if (cleanings.size === 0) process.off("exit", cleanAll);
  };
}

function cleanAll(): void {
  for (const clean of cleanings) {
    try {
      clean();
    } catch {
      // The process is ending: there is no one to report to, and the others must still run.
    }
  }
}
