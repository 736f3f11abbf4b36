import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import manifest from "../../package.json";
import { runTool } from "./command-line.ts";

const usage = `usage: bun run build

Builds dist, the content of the package: JavaScript with source maps and declarations for the exports, and the command.
`;

const root = join(import.meta.dir, "../..");
const src = join(root, "src");
const dist = join(root, "dist");

await runTool({ name: "build", usage }, async () => {
  rmSync(dist, { recursive: true, force: true });
  await library();
  await command();
  declarations();
  return 0;
});

/** All exports, with shared code bundled once, so that an error from one is an instance of the class from another. */
async function library(): Promise<void> {
  const modules = Object.values(manifest.exports).filter((target) => typeof target !== "string");
  const entrypoints = modules.map(({ default: path }) => path.replace("./dist", src).replace(/js$/, "ts"));
  await bundle({
    entrypoints,
    splitting: true,
    naming: { entry: "[dir]/[name].js", chunk: "chunks/[name]-[hash].js" },
  });
}

/** The command: chunks, so that each command loads only what it needs, and serve again as one file with bytecode. */
async function command(): Promise<void> {
  await bundle({
    entrypoints: [join(src, "cli/start.ts"), join(src, "bench/null-program.ts")],
    splitting: true,
    // At the same depth as ourselves.ts, which finds the entries from its own path.
    naming: { entry: "[dir]/[name].js", chunk: "cli/chunks/[name]-[hash].js" },
  });
  await bundle({
    entrypoints: [join(src, "cli/only-serve.ts")],
    // Bytecode is for this version of Bun; others use the JavaScript. Bun 1.4.5 has none for ES modules.
    format: "cjs",
    bytecode: true,
    naming: "[dir]/[name].js",
  });
  // Its first lines are a shell script, so a bundler can't produce it.
  const main = join(dist, "cli/main.js");
  writeFileSync(main, readFileSync(join(src, "cli/main.ts"), "utf8").replaceAll(`.ts")`, `.js")`));
  chmodSync(main, 0o755);
}

async function bundle(config: Omit<Bun.BuildConfig, "outdir">): Promise<void> {
  await Bun.build({ root: src, outdir: dist, target: "bun", sourcemap: "linked", ...config });
}

/** The declarations of the exports, and of the types that they use. */
function declarations(): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { exitCode, stdout } = Bun.spawnSync(
    [process.execPath, tsc, "--project", join(root, "tsconfig.build.json")],
    { stderr: "inherit" },
  );
  if (exitCode !== 0) throw new Error(`tsc failed:\n${stdout}`);
  const needed = new Set<string>();
  const need = (path: string) => {
    if (needed.has(path)) return;
    needed.add(path);
    for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/\b(?:from|import\()\s*"(\.[^"]+)\.ts"/g))
      need(join(dirname(path), `${name}.d.ts`));
  };
  for (const target of Object.values(manifest.exports))
    if (typeof target !== "string") need(join(root, target.types));
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".d.ts") && !needed.has(join(dist, name))) rmSync(join(dist, name));
  }
}
