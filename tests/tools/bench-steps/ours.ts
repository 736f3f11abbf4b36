import { join } from "node:path";
import type { Contender } from "./contender.ts";
import { packageFolder, writeJSON } from "./monorepo.ts";

/** @param main the command as the package installs it */
export function ours(main: string): Contender {
  return {
    name: "cacheprogw",
    configure(root, packages) {
      writeJSON(join(root, "package.json"), { name: "root", workspaces: ["packages/*"] });
      for (const one of packages) {
        const build = {
          command: one.command,
          inputs: ["src"],
          outputs: ["dist"],
          dependsOn: one.dependencies.map((name) => `${name}:build`),
        };
        const json = { name: one.name, cacheprogw: { steps: { build } } };
        writeJSON(join(packageFolder(root, one), "package.json"), json);
      }
    },
    launch: (root, of) => ({
      argv: [main, "run", "build"],
      cwd: packageFolder(root, of),
      env: { XDG_CACHE_HOME: join(root, ".cache") },
    }),
  };
}
