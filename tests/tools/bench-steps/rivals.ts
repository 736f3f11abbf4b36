import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contender.ts";
import { packageFolder, writeJSON } from "./monorepo.ts";

/** The versions that are measured. */
const versions = { wireit: "0.14.13", turbo: "2.11.11" } as const;

/**
 * Installs the other programs from the npm registry.
 *
 * @param folder an empty one
 * @returns none, and why, if that fails
 */
export function installRivals(folder: string): readonly Contender[] | string {
  const node = Bun.which("node");
  if (node === null) return "wireit needs node, which isn't in PATH";
  writeJSON(join(folder, "package.json"), { name: "rivals", private: true });
  const wanted = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "add", "--exact", ...wanted], {
    cwd: folder,
    stderr: "pipe",
    timeout: 120_000,
  });
  if (exitCode !== 0) return `wireit and turbo can't be installed: ${stderr.toString().trim()}`;
  const modules = join(folder, "node_modules");
  const program = `@turbo/${process.platform}-${process.arch === "x64" ? "64" : process.arch}/bin/turbo`;
  return [wireit(node, join(modules, "wireit/bin/wireit.js")), turbo(join(modules, program))];
}

/** wireit as npm would start it, without the time that npm takes. */
function wireit(node: string, script: string): Contender {
  return {
    name: `wireit ${versions.wireit}`,
    configure(root, packages) {
      writeJSON(join(root, "package.json"), { name: "root", private: true, workspaces: ["packages/*"] });
      for (const one of packages) {
        const build = {
          command: one.command,
          files: ["src/**"],
          output: ["dist/**"],
          dependencies: one.dependencies.map((name) => `../${name}:build`),
        };
        const json = { name: one.name, scripts: { build: "wireit" }, wireit: { build } };
        writeJSON(join(packageFolder(root, one), "package.json"), json);
      }
    },
    launch(root, of) {
      const cwd = packageFolder(root, of);
      const npm = {
        npm_lifecycle_event: "build",
        npm_package_json: join(cwd, "package.json"),
        npm_config_user_agent: "npm/10.0.0",
      };
      return { argv: [node, script], cwd, env: { ...npm, WIREIT_CACHE: "local", WIREIT_LOGGER: "simple" } };
    },
  };
}

/** turbo's own program, without the start of the script in node_modules/.bin. */
function turbo(program: string): Contender {
  return {
    name: `turbo ${versions.turbo}`,
    configure(root, packages) {
      const packageManager = "npm@10.0.0";
      writeJSON(join(root, "package.json"), {
        name: "root",
        private: true,
        packageManager,
        workspaces: ["packages/*"],
      });
      const build = { inputs: ["src/**"], outputs: ["dist/**"], dependsOn: ["^build"] };
      writeJSON(join(root, "turbo.json"), { tasks: { build } });
      const locked: Record<string, unknown> = { "": { name: "root", workspaces: ["packages/*"] } };
      for (const one of packages) {
        const dependencies = Object.fromEntries(one.dependencies.map((name) => [name, "1.0.0"]));
        const json = { name: one.name, version: "1.0.0", scripts: { build: one.command }, dependencies };
        writeJSON(join(packageFolder(root, one), "package.json"), json);
        locked[`packages/${one.name}`] = { name: one.name, version: "1.0.0", dependencies };
        locked[`node_modules/${one.name}`] = { resolved: `packages/${one.name}`, link: true };
      }
      writeJSON(join(root, "package-lock.json"), { name: "root", lockfileVersion: 3, packages: locked });
      commitAll(root);
    },
    launch: (root, of) => ({
      argv: [program, "run", "build", `--filter=${of.name}...`, "--no-daemon", "--ui=stream"],
      cwd: root,
      env: { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
    }),
  };
}

/** turbo reads digests of files from git's index. */
function commitAll(root: string): void {
  rmSync(join(root, ".git"), { recursive: true, force: true });
  const identity = [
    "-c",
    "user.name=bench",
    "-c",
    "user.email=bench@localhost",
    "-c",
    "commit.gpgsign=false",
  ];
  Bun.write(join(root, ".gitignore"), "dist\n.turbo\n.cache\n");
  for (const words of [
    ["init", "-q"],
    ["add", "-A"],
    [...identity, "commit", "-qm", "sources"],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync(["git", ...words], { cwd: root, stderr: "pipe" });
    if (exitCode !== 0) throw new Error(`git ${words.join(" ")} failed: ${stderr}`);
  }
}
