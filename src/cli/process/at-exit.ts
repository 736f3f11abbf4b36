const cleanings = new Set<() => void>();

/**
 * Has `clean` called should the process end, by process.exit, before the function that is returned was called: for
 * what must not stay behind when a user will not wait any longer. It must be done when it returns.
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
      // The process ends: nobody is left to be told, and the others have their turn.
    }
  }
}
