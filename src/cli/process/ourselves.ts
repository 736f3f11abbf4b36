import { realpathSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { ourselves } from "../../client/process/builtin-program.ts";

/** Our entry point, which bun or a shell can start. */
const main = ourselves.at(-1) ?? "";

/**
 * The path of one of our files that bun can start. In the package these are JavaScript.
 *
 * @param name the path below src, without the extension
 */
export function startable(name: "bench/null-program" | "server/store/trim/count-thread"): string {
  return join(dirname(main), "..", `${name}${extname(main)}`);
}

/** The command that starts cacheprogw again, as short as a user can type it in the working directory. */
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
