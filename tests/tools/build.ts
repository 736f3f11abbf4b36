import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import manifest from "../../package.json";
import { buildAssets } from "../../src/page/assets.ts";
import { runTool } from "./command-line.ts";

const usage = `usage: bun run build

Builds dist, the content of the package: JavaScript with source maps and declarations for the exports, and the command.
`;

const root = join(import.meta.dir, "../..");
const src = join(root, "src");
const dist = join(root, "dist");
/** The module that finds the package's files from its own path, so bundles import it and don't contain it. */
const builtinProgram = "client/process/builtin-program";

await runTool({ name: "build", usage }, async () => {
  rmSync(dist, { recursive: true, force: true });
  await builtin();
  const define = { pageAssets: JSON.stringify(await buildAssets(join(src, "page"))) };
  await library(define);
  await command(define);
  declarations();
  return 0;
});

/** What the sources leave to the build: JavaScript by identifier. */
type Defines = Readonly<Record<string, string>>;

/** builtin-program alone, with the program that it has for bundles. */
async function builtin(): Promise<void> {
  await bundle({
    entrypoints: [join(src, `${builtinProgram}.ts`)],
    define: { programText: JSON.stringify(await programText()) },
    plugins: [],
    naming: "[dir]/[name].js",
  });
}

/**
 * serve for `bun -e`: a user's bundle carries it in one argument, which Linux limits to 128 KiB and Windows to 32 KiB for
 * the whole command. GOCACHEPROG can quote it because it has no single quote.
 */
async function programText(): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(src, "cli/only-serve.ts")],
    root: src,
    target: "bun",
    format: "cjs",
    minify: true,
  });
  const code = (await outputs[0]?.text()) ?? "";
  const packed = Bun.zstdCompressSync(code, { level: 19 }).toString("base64");
  // The code is a function, as CommonJS modules are. Unlike a file's, the arguments of -e have no place for its path.
  const text = `process.argv.splice(1,0,"cacheprogw");(0,eval)(Bun.zstdDecompressSync(Buffer.from("${packed}","base64")).toString())({},require,{},"","")`;
  if (text.length > 30_000)
    throw new Error(
      `the built-in program for bundles has ${text.length} characters; expected at most 30,000`,
    );
  return text;
}

/** All exports, with shared code bundled once, so that an error from one is an instance of the class from another. */
async function library(define: Defines): Promise<void> {
  const modules = Object.values(manifest.exports).filter((target) => typeof target !== "string");
  const entrypoints = modules.map(({ default: path }) => path.replace("./dist", src).replace(/js$/, "ts"));
  await bundle({
    entrypoints,
    define,
    splitting: true,
    naming: { entry: "[dir]/[name].js", chunk: "chunks/[name]-[hash].js" },
  });
}

/**
 * The command: chunks, so that each command loads only what it needs; and serve, run and record again, each as one file with
 * bytecode.
 */
async function command(define: Defines): Promise<void> {
  await bundle({
    define,
    entrypoints: ["cli/start.ts", "bench/null-program.ts", "server/store/trim/count-thread.ts"].map((path) =>
      join(src, path),
    ),
    splitting: true,
    naming: { entry: "[dir]/[name].js", chunk: "cli/chunks/[name]-[hash].js" },
  });
  for (const name of ["only-serve", "only-gocache", "only-record"])
    await bundle({
      entrypoints: [join(src, `cli/${name}.ts`)],
      // Bytecode is for this version of Bun; others use the JavaScript. Bun 1.4.5 has none for ES modules.
      format: "cjs",
      bytecode: true,
      // None needs builtin-program. Bytecode fits only the text it was made of, so an import can't be written afterwards.
      plugins: [],
      naming: "[dir]/[name].js",
    });
  await bundle({
    entrypoints: [join(src, "cli/only-run.ts")],
    format: "cjs",
    bytecode: true,
    plugins: [
      resolving("builtin-program beside it", "process/builtin-program", {
        path: `../${builtinProgram}.js`,
        external: true,
      }),
    ],
    naming: "[dir]/[name].js",
  });
  // Its first lines are a shell script, so a bundler can't produce it.
  const main = join(dist, "cli/main.js");
  writeFileSync(main, readFileSync(join(src, "cli/main.ts"), "utf8").replaceAll(`.ts")`, `.js")`));
  chmodSync(main, 0o755);
}

async function bundle(config: Omit<Bun.BuildConfig, "outdir">): Promise<void> {
  const external = resolving("builtin-program is external", "process/builtin-program", {
    path: builtinProgram,
    external: true,
  });
  const { outputs } = await Bun.build({
    root: src,
    outdir: dist,
    target: "bun",
    sourcemap: "linked",
    plugins: [external],
    ...config,
  });
  for (const { path } of outputs) {
    const text = readFileSync(path, "utf8");
    const named = `from "${builtinProgram}"`;
    if (!path.endsWith(".js") || !text.includes(named)) continue;
    const to = relative(dirname(path), join(dist, `${builtinProgram}.js`));
    writeFileSync(path, text.replaceAll(named, `from "${to.startsWith(".") ? to : `./${to}`}"`));
  }
}

/** A plugin that resolves the imports that end in `module`, a path without extension, to something else. */
function resolving(name: string, module: string, result: Bun.OnResolveResult): Bun.BunPlugin {
  const filter = new RegExp(`/${module}\\.ts$`);
  return { name, setup: (build) => void build.onResolve({ filter }, () => result) };
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
