import { realpathSync } from "node:fs";
import { devNull } from "node:os";
import { extname, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Options of bun under which the working directory has no say: go starts a cache program in the project's directory,
 * whose .env, bunfig.toml and tsconfig.json are meant for something else. The first lines of main.ts have the same.
 */
const alone = ["--no-env-file", `--config=${devNull}`, `--tsconfig-override=${devNull}`];

/**
 * The path of a file of ours that bun can start. In the package all is JavaScript, and this one lies two folders deep as well.
 *
 * @param name without its extension
 */
export function startable(name: "cli/main" | "bench/null-program"): string {
  return fileURLToPath(new URL(`../../${name}${extname(import.meta.path)}`, import.meta.url));
}

const main = startable("cli/main");

/** The words that start this command again, in any directory. */
export const ourselves: readonly string[] = [process.execPath, ...alone, main];

/** The same for a person to type, in the working directory. */
export function ourName(): readonly string[] {
  if (Bun.which("cacheprogw") !== null) return ["cacheprogw"];
  const found = Bun.which("bun");
  const isThis = found !== null && realpathSync(found) === realpathSync(process.execPath);
  if (!isThis) return ourselves;
  const near = relative(process.cwd(), main);
  // It finds bun by itself. A path without a slash would be looked up in the PATH.
  return [near.startsWith("..") ? main : near.includes("/") ? near : `./${near}`];
}
