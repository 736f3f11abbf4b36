import { realpathSync } from "node:fs";
import { devNull } from "node:os";
import { extname, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Options that make bun ignore the working directory: go starts a cache program in the project's directory, whose .env,
 * bunfig.toml and tsconfig.json are meant for the project. The first lines of main.ts have the same options.
 */
const alone = ["--no-env-file", `--config=${devNull}`, `--tsconfig-override=${devNull}`];

/**
 * The path of one of our files that bun can start. In the package these are JavaScript; there too, this file must be two
 * folders deep.
 *
 * @param name the path below src, without the extension
 */
export function startable(name: "cli/main" | "bench/null-program"): string {
  return fileURLToPath(new URL(`../../${name}${extname(import.meta.path)}`, import.meta.url));
}

const main = startable("cli/main");

/** The command that starts cacheprogw again, from any directory. */
export const ourselves: readonly string[] = [process.execPath, ...alone, main];

/** The same, as short as a user can type it in the working directory. */
export function ourName(): readonly string[] {
  const installed = Bun.which("cacheprogw");
  // bunx and bun run add a project's node_modules/.bin to PATH; the user's shell doesn't have it there.
  if (installed?.includes("/node_modules/.bin/")) return ["bunx", "cacheprogw"];
  if (installed !== null) return ["cacheprogw"];
  const found = Bun.which("bun");
  const isThis = found !== null && realpathSync(found) === realpathSync(process.execPath);
  if (!isThis) return ourselves;
  const near = relative(process.cwd(), main);
  // main.ts finds bun itself. A path without a slash would be looked up in PATH.
  return [near.startsWith("..") ? main : near.includes("/") ? near : `./${near}`];
}
