import type { Launch } from "./contender.ts";

/** Runs a process to its end. @returns how long it took, in ms @throws {Error} if it fails */
export function timed({ argv, cwd, env }: Launch): number {
  const { GOCACHEPROG: _, ...own } = process.env;
  const start = performance.now();
  const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], {
    cwd,
    env: { ...own, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const took = performance.now() - start;
  if (exitCode === 0) return took;
  throw new Error(`${argv.join(" ")} failed with ${exitCode} in ${cwd}:\n${stdout}${stderr}`);
}
