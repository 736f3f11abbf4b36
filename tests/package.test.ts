import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import manifest from "../package.json";

/*
 * What a user gets: the package is built, packed, and installed in an empty project, where it is type-checked, bundled
 * and run. The build uses a copy, so nothing is left in the checkout.
 */

const root = resolve(import.meta.dir, "..");
const documents = ["CHANGELOG.md", "LICENSE", "README.md"];
const folder = mkdtempSync(join(tmpdir(), "cacheprogw-"));
const checkout = join(folder, "checkout");
const project = join(folder, "project");
const tsc = join(root, "node_modules/typescript/bin/tsc");
const types = ["bun-types", "@types/node", "undici-types"];
/** The files of the package. */
let packed: string[] = [];

beforeAll(async () => {
  mkdirSync(join(folder, "bin"));
  symlinkSync(process.execPath, join(folder, "bin/bun"));
  const parts = ["src", "tests/tools", "tsconfig.json", "tsconfig.build.json", "package.json", ".gitignore"];
  for (const name of [...parts, ...documents])
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  expect(run([process.execPath, "pm", "pack", "--destination", folder], checkout)).toMatchObject({ code: 0 });
  const tarball = join(folder, `cacheprogw-${manifest.version}.tgz`);
  const files = await new Bun.Archive(await Bun.file(tarball).bytes()).files();
  packed = [...files.keys()].map((name) => name.replace(/^package\//, "")).sort();
  await Bun.write(
    join(project, "package.json"),
    JSON.stringify({ name: "stranger", private: true, dependencies: { cacheprogw: tarball } }),
  );
  expect(run([process.execPath, "install"])).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string[], cwd = project): { code: number; output: string; errors: string } {
  const { GOCACHEPROG: _, ...env } = process.env;
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    cwd,
    env: {
      ...env,
      // The package's bin looks for bun in PATH.
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      XDG_CACHE_HOME: join(folder, "cache"),
      // In a shared cache, bun could find an older tarball of the same version.
      BUN_INSTALL_CACHE_DIR: join(folder, "install-cache"),
    },
  });
  return { code: exitCode, output: stdout.toString(), errors: stderr.toString() };
}

test("the package contains dist, the documents and nothing else", () => {
  const pages = [...new Bun.Glob("src/*/{README.md,schema.json}").scanSync(root)];
  const others = packed.filter((name) => !name.startsWith("dist/"));
  expect(others).toEqual([...documents, "package.json", ...pages].sort());
  const kinds = packed
    .filter((name) => name.startsWith("dist/"))
    .map((name) => /\.(d\.ts|js|js\.map|js\.jsc)$/.exec(name)?.[1] ?? name);
  expect([...new Set(kinds)].sort()).toEqual(["d.ts", "js", "js.jsc", "js.map"]);
  // Every bundle has a source map, except main.js, which is as short as its source.
  const bundles = packed.filter((name) => name.endsWith(".js") && name !== "dist/cli/main.js");
  expect(bundles.filter((name) => !packed.includes(`${name}.map`))).toEqual([]);
});

test("the bundle that go starts has no command but serve", async () => {
  const bundle = await Bun.file(join(project, "node_modules/cacheprogw/dist/cli/only-serve.js")).text();
  const files = [...bundle.matchAll(/^\/\/ src\/(.*)$/gm)].map(([, name = ""]) => name);
  expect(files.filter((name) => name.startsWith("cli/commands/"))).toEqual([]);
  expect(files).toContain("cli/plain-serve.ts");
  expect(files.filter((name) => /^conformance|arguments\/(fault|help)/.test(name))).toEqual([]);
});

test("serve --gocache has a bundle of its own, without a store", async () => {
  const dist = join(project, "node_modules/cacheprogw/dist/cli");
  const parts = { "only-gocache": "server/gocache/go-cache.ts", "only-serve": "server/store/disk-store.ts" };
  for (const [name, part] of Object.entries(parts)) {
    const text = await Bun.file(join(dist, `${name}.js`)).text();
    expect(Object.values(parts).filter((other) => text.includes(`// src/${other}\n`))).toEqual([part]);
  }
  const words = ["serve", "--gocache", "--dir", join(folder, "gocache")];
  const hello = '{"ID":0,"KnownCommands":["get","put","close"]}\n';
  expect(run([join(project, "node_modules/.bin/cacheprogw"), ...words])).toMatchObject({
    code: 0,
    output: hello,
  });
});

test("run has a bundle of its own, without its help; the words of a command after -- don't ask for that", async () => {
  const bundle = await Bun.file(join(project, "node_modules/cacheprogw/dist/cli/only-run.js")).text();
  const files = [...bundle.matchAll(/^\/\/ src\/(.*)$/gm)].map(([, name = ""]) => name);
  const commands = files.filter((name) => /^cli\/(commands|arguments\/help)/.test(name));
  expect([...new Set(commands)]).toEqual(["cli/commands/run.ts"]);
  const cacheprogw = join(project, "node_modules/.bin/cacheprogw");
  expect(run([cacheprogw, "run", "--help"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("cacheprogw run"),
  });
  const step = [cacheprogw, "run", "-i", "package.json", "--", "sh", "-c", "echo $0", "--help"];
  expect(run(step)).toMatchObject({ code: 0, output: "--help\n", errors: expect.stringContaining("stored") });
  expect(run(step)).toMatchObject({ code: 0, output: "--help\n", errors: expect.stringContaining("hit") });
});

test("the package has the file of the threads that count a large store", async () => {
  const directory = join(project, "counted");
  mkdirSync(join(directory, "00"), { recursive: true });
  await Bun.write(join(directory, "00", `${"00".repeat(32)}-d`), "body");
  const file = join(project, "node_modules/cacheprogw/dist/server/store/trim/count-thread.js");
  const worker = new Worker(file);
  const message = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
  });
  worker.postMessage({ directory, place: 0 });
  expect(await message).toMatchObject({ place: 0, apparentBytes: 4, problem: undefined });
  worker.terminate();
});

test("the package has no dependencies", () => {
  expect(readdirSync(join(project, "node_modules")).sort()).toEqual([".bin", "cacheprogw"]);
  expect(Object.keys(manifest)).not.toContain("dependencies");
});

/** The names that can be imported. */
const exported = Object.keys(manifest.exports)
  .filter((name) => name !== "./package.json")
  .map((name) => name.replace(".", "cacheprogw"));

const script = `
import { type ActionID, CacheProg, CacheProgError, type Entry, Hash } from "cacheprogw";
import { DiskStore, type Handlers } from "cacheprogw/server";
import { type Response, splitCommand } from "cacheprogw/wire";

const action: ActionID = new Hash("a stranger's project").update("v1").digest();
const bin = new URL("node_modules/.bin/cacheprogw", import.meta.url).pathname;
await using cache = await CacheProg.start([process.execPath, bin, "serve", "--dir", "store"]);
const { size } = await cache.put(action, "hello");
const entry: Entry | null = await cache.get(action);
if (entry === null || entry.size !== size) throw new CacheProgError("BAD_RESPONSE", "it is lost");
const { bytes } = (await cache.getBytes(action)) ?? {};
const handlers: Handlers = DiskStore.open("store");
const response: Pick<Response, "id"> = { id: 1 };
console.log(new TextDecoder().decode(bytes), splitCommand("a 'b c'").length, typeof handlers.get, response.id);
`;

test("a user's script puts and gets through the package's serve", async () => {
  await Bun.write(join(project, "script.ts"), script);
  expect(run([process.execPath, "script.ts"])).toEqual({
    code: 0,
    output: "hello 2 function 1\n",
    errors: "",
  });
});

const pageScript = `
import { collectTrace, tracePage, type TraceStart } from "cacheprogw/trace";

const host = { platform: "linux", arch: "x64", processors: 1, memory: 1 };
const time = "2026-01-01T00:00:00Z";
const start: TraceStart = { kind: "start", version: 1, time, recorder: "", program: [], go: { pid: 1 }, host };
const [, script = ""] = (await tracePage([await collectTrace("a.jsonl", [start])])).split("<script>");
console.log(script.length > 10_000, script.includes("aria-rowindex"));
`;

test("a user's script makes a page, with the script that the package has, also as a bundle", async () => {
  await Bun.write(join(project, "page.ts"), pageScript);
  const bundle = [process.execPath, "build", "page.ts", "--target=bun", "--outfile=page.js"];
  expect(run(bundle)).toMatchObject({ code: 0 });
  for (const name of ["page.ts", "page.js"])
    expect(run([process.execPath, name])).toEqual({ code: 0, output: "true true\n", errors: "" });
});

test("everything that package.json exports can be imported, and nothing else", async () => {
  const imports = exported.map((name) => `import(${JSON.stringify(name)})`);
  const counts = `console.log((await Promise.all([${imports}])).map((all) => Object.keys(all).length > 0).join())`;
  expect(run([process.execPath, "-e", counts])).toEqual({
    code: 0,
    output: `${exported.map(() => true).join()}\n`,
    errors: "",
  });
  const deep = `import("cacheprogw/dist/cli/start.js").then(() => console.log("it is there"), () => {})`;
  expect(run([process.execPath, "-e", deep])).toMatchObject({ output: "" });
});

/** Adds the types that a user's project has, while `use` runs. */
function withTypes(use: () => void): void {
  mkdirSync(join(project, "node_modules/@types"), { recursive: true });
  for (const name of types)
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  try {
    use();
  } finally {
    for (const name of [...types, "@types"]) rmSync(join(project, "node_modules", name), { recursive: true });
  }
}

test("a user's strict project type-checks with bun check and with tsc", async () => {
  const compilerOptions = {
    // As bun init writes it, except for allowImportingTsExtensions and skipLibCheck. lib has no DOM.
    lib: ["ESNext"],
    target: "ESNext",
    module: "Preserve",
    moduleDetection: "force",
    types: ["bun-types"],
    moduleResolution: "bundler",
    verbatimModuleSyntax: true,
    noEmit: true,
    strict: true,
    skipLibCheck: false,
    noFallthroughCasesInSwitch: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    // Common additions.
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noImplicitReturns: true,
    noPropertyAccessFromIndexSignature: true,
    erasableSyntaxOnly: true,
    isolatedModules: true,
  };
  await Bun.write(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  // This must fail, or the types are any.
  const wrong = script.replace("entry.size !== size", "entry.size !== String(size)");
  await Bun.write(join(project, "wrong.ts"), wrong);
  await Bun.write(join(project, "script.ts"), script);
  await Bun.write(
    join(project, "all.ts"),
    exported
      .filter((name) => !name.endsWith(".json"))
      .map((name, at) => `export * as all${at} from "${name}";\n`)
      .join(""),
  );
  const checkers = [
    [process.execPath, "check", "--no-script"],
    [process.execPath, tsc, "--pretty", "false"],
  ];
  withTypes(() => {
    for (const checker of checkers)
      expect(run(checker).output).toMatch(/^wrong\.ts\(\d+,\d+\): error TS2367: .*\n$/);
    rmSync(join(project, "wrong.ts"));
    for (const checker of checkers) expect(run(checker)).toMatchObject({ code: 0, output: "" });
  });
});

/** Puts bodies large enough for the hash thread, and prints whether it hashed them. */
const large = `
import { CacheProg, Hash } from "cacheprogw";

let answers = 0;
globalThis.Worker = class extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    this.addEventListener("message", () => void answers++);
  }
};
const [, , ...command] = process.argv;
await using cache = await CacheProg.start(command);
const bodies = [1, 2, 3, 4].map((byte) => new Uint8Array(3_000_000).fill(byte));
const puts = bodies.map(async (bytes, at) => {
  await Bun.write("body" + at, bytes);
  const action = new Hash("large").update(String(at)).digest();
  return { action, bytes };
});
const outputs = (await Promise.all(puts)).map(async ({ action, bytes }, at) => {
  const { outputID } = await cache.put(action, Bun.file("body" + at));
  const found = await cache.getBytes(action);
  return outputID.toHex() === new Bun.CryptoHasher("sha256").update(bytes).digest("hex") && found?.bytes.length;
});
console.log((await Promise.all(outputs)).join(), answers > 0);
`;

test("a script that imports the package can be bundled and compiled, and the hash thread works in both", async () => {
  await Bun.write(join(project, "large.ts"), large);
  const server = ["node_modules/.bin/cacheprogw", "serve", "--dir", "large-store"];
  const bundle = [process.execPath, "build", "large.ts", "--target=bun", "--minify", "--outfile=large.js"];
  expect(run(bundle)).toMatchObject({ code: 0 });
  const compile = [process.execPath, "build", "large.ts", "--compile", "--outfile=large"];
  expect(run(compile)).toMatchObject({ code: 0 });
  for (const start of [
    [process.execPath, "large.ts"],
    [process.execPath, "large.js"],
    [join(project, "large")],
  ]) {
    expect(run([...start, ...server])).toEqual({
      code: 0,
      output: "3000000,3000000,3000000,3000000 true\n",
      errors: "",
    });
  }
});

/** The names that a declaration file exports, and the members of each, that have no doc comment. */
function undocumented(entry: string): {
  readonly names: readonly string[];
  readonly missing: readonly string[];
} {
  const dist = join(project, "node_modules/cacheprogw/dist");
  const exported = readFileSync(join(dist, entry), "utf8").matchAll(
    /^export (?:type )?\{(.*?)\} from "(.*)\.ts";$/gm,
  );
  const all = [...exported].flatMap(([, list = "", from = ""]) =>
    list
      .split(",")
      .map((name) => name.trim().replace(/^type | as .*$/g, ""))
      .filter((name) => name !== "")
      .map((name) => ({ name, path: join(dist, dirname(entry), `${from}.d.ts`) })),
  );
  const missing = all.flatMap(({ name, path }) => {
    const declaration = new RegExp(
      `(\\*/\n)?^export (?:declare )?(?:(?:class|interface) ${name}\\b(.*?)^\\}|\\w+ ${name}\\b)`,
      "ms",
    );
    const [, comment, text = ""] = readFileSync(path, "utf8").match(declaration) ?? [];
    const members = text.matchAll(/(?<!\*\/\n)^ {4}(?!#private|private |\/\*\*| \*|\})(\S.*)$/gm);
    return [
      ...(comment === undefined ? [name] : []),
      ...[...members].map(([, member]) => `${name}: ${member}`),
    ];
  });
  return { names: all.map(({ name }) => name), missing };
}

test.each([
  ["index.d.ts", ["CacheProg", "StartOptions", "errorCodes", "fileHash"]],
  ["wire/index.d.ts", ["ResponseDecoder", "DecodeError"]],
  ["server/index.d.ts", ["serve", "DiskStore"]],
  ["step/index.d.ts", ["step", "StepReport", "StepFailed"]],
  ["conformance/index.d.ts", ["run", "RunOptions", "JSONReport"]],
  ["trace/index.d.ts", ["loadTrace", "ReportBuilder", "diffTraces"]],
])("an editor has something to say about each public name of %s and each of its members", (entry, some) => {
  const { names, missing } = undocumented(entry);
  expect(names).toEqual(expect.arrayContaining(some));
  expect(missing).toEqual([]);
});

/** The files that importing a file of dist loads, and the modules of node: among them; not what import() loads later. */
function loadedBy(entry: string): {
  readonly bytes: number;
  readonly modules: readonly string[];
  readonly files: readonly string[];
} {
  const files = new Set([join(project, "node_modules/cacheprogw/dist", entry)]);
  const modules = new Set<string>();
  let bytes = 0;
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    bytes += text.length;
    for (const [, name = ""] of text.matchAll(/^(?:import|export|\}) ?(?:[^;"]*\sfrom )?"([^"]+)";$/gm)) {
      if (name.startsWith(".")) files.add(join(dirname(file), name));
      else modules.add(name);
    }
  }
  return { bytes, modules: [...modules].sort(), files: [...files] };
}

test("the code of pages is loaded only to write one", () => {
  const dist = join(project, "node_modules/cacheprogw/dist");
  const has = (words: string) => (name: string) => readFileSync(join(dist, name), "utf8").includes(words);
  const all = [...new Bun.Glob("**/*.js").scanSync(dist)];
  const pages = all.filter(has("// src/page/document.ts\n"));
  // One for the exports, one for the command.
  expect(pages).toHaveLength(2);
  const exports = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [] : [target.default.replace("./dist/", "")],
  );
  const commands = all.filter(has("// src/cli/commands/"));
  expect(commands.length).toBeGreaterThan(10);
  for (const entry of [...exports, ...commands, "cli/start.js"]) {
    const loaded = loadedBy(entry).files.map((file) => relative(dist, file));
    expect([entry, loaded.filter((file) => pages.includes(file))]).toEqual([entry, []]);
  }
});

test("importing the library loads no module of node: and little code, so a script that doesn't use it waits 3 ms", () => {
  // That the reader of imports finds some.
  expect(loadedBy("server/index.js").modules).toContain("fs");
  const { bytes, modules } = loadedBy("index.js");
  expect(modules).toEqual([]);
  // Half of it is the built-in program for bundles, a string.
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(75_000);
  // What start() loads. Of these, each takes longer than all of node:fs.
  const chunks = readdirSync(join(project, "node_modules/cacheprogw/dist/chunks"));
  const operations = chunks
    .filter((name) => /^operations-.*\.js$/.test(name))
    .map((name) => loadedBy(`chunks/${name}`));
  expect(operations.map(({ bytes }) => bytes < 200_000)).toEqual([true]);
  const slow = ["child_process", "crypto", "stream", "util", "worker_threads"];
  expect(operations[0]?.modules.filter((name) => slow.includes(name))).toEqual([]);
});

test("a start whose code is gone rejects, and leaves no program behind", async () => {
  // Deleting what it needs later shows that it wasn't needed.
  const copy = join(folder, "copy");
  cpSync(join(project, "node_modules/cacheprogw"), join(copy, "node_modules/cacheprogw"), {
    recursive: true,
  });
  for (const name of readdirSync(join(copy, "node_modules/cacheprogw/dist/chunks")))
    if (name.startsWith("operations-")) rmSync(join(copy, "node_modules/cacheprogw/dist/chunks", name));
  const text = `
    import { CacheProg } from "cacheprogw";
    const starting = CacheProg.start(["sleep", "1000"]);
    console.log(await starting.catch(({ message }) => /operations/.test(message)));
  `;
  await Bun.write(join(copy, "script.ts"), text);
  // run() waits for the end of stderr, which the program has inherited.
  expect(run([process.execPath, "script.ts"], copy)).toEqual({ code: 0, output: "true\n", errors: "" });
});

/** Uses the built-in program in both ways, and prints how long the longest word of its command is. */
const builtInScript = `
import { builtin, CacheProg, Hash } from "cacheprogw";

async function main() {
  const action = new Hash("built in").update(String(process.pid)).digest();
  for (const cache of [await CacheProg.start(), await CacheProg.start([...builtin, "--dir", "built-in-store"])]) {
    await cache.put(action, "hello");
    const { entry, bytes } = (await cache.getBytes(action)) ?? {};
    console.log(new TextDecoder().decode(bytes), entry?.diskPath.includes("built-in-store"));
    await cache.close();
  }
  console.log(Math.max(...builtin.map(({ length }) => length)) > 1_000 ? "carried" : "a file");
}
void main();
`;

test("a user's script starts the built-in program, also as a bundle or an executable, from a folder without the package", async () => {
  await Bun.write(join(project, "built-in.ts"), builtInScript);
  const build = [process.execPath, "build", "built-in.ts"];
  const away = join(folder, "away");
  for (const how of [
    ["--target=bun", `--outfile=${away}/plain.js`],
    ["--target=bun", "--minify", "--splitting", `--outdir=${away}/split`],
    ["--target=bun", "--minify", "--bytecode", `--outdir=${away}/bytecode`],
    ["--target=bun", "--format=cjs", `--outfile=${away}/common.js`],
    // env would take this path for a variable.
    ["--compile", `--outfile=${away}/a=b/executable`],
  ])
    expect(run([...build, ...how])).toMatchObject({ code: 0 });
  // Files that must not affect the program.
  await Bun.write(join(away, "bunfig.toml"), `preload = ["not-installed"]`);
  await Bun.write(join(away, "tsconfig.json"), `{"compilerOptions`);
  const output = (what: string) => ({ code: 0, output: `hello false\nhello true\n${what}\n`, errors: "" });
  expect(run([process.execPath, "built-in.ts"])).toEqual(output("a file"));
  const bun = [process.execPath, "--config=/dev/null", "--tsconfig-override=/dev/null"];
  for (const path of ["plain.js", "split/built-in.js", "bytecode/built-in.js", "common.js"])
    expect(run([...bun, path], away)).toEqual(output("carried"));
  rmSync(join(away, "bunfig.toml"));
  expect(run([join(away, "a=b/executable")], away)).toEqual(output("carried"));
  // An executable as bun: the program must be started with BUN_BE_BUN too, even if the script has dropped it.
  const asBun = ["sh", "-c", `BUN_BE_BUN=1 exec "$0" built-in.ts`, join(away, "a=b/executable")];
  expect(run(asBun)).toEqual(output("a file"));
});

test("the built-in program that a bundle carries fits in GOCACHEPROG, and refuses faults and --gocache", async () => {
  const text = `
    import { builtin, CacheProg } from "cacheprogw";
    import { joinCommand } from "cacheprogw/wire";
    const env = { ...process.env, GOCACHEPROG: joinCommand(builtin) };
    CacheProg.start(undefined, { env }).then((cache) => cache.close()).then(() => console.log("closed"));
    const onLine = (line) => line.includes(" needs ") && console.log(line);
    for (const words of [["--fault", "hello-late"], ["--gocache"]])
      CacheProg.start([...builtin, ...words], { stderr: onLine }).catch(({ code }) => console.log(code));
  `;
  await Bun.write(join(project, "joined.ts"), text);
  const bundled = join(folder, "away/joined.js");
  expect(run([process.execPath, "build", "joined.ts", "--target=bun", `--outfile=${bundled}`]).code).toBe(0);
  const { output, errors } = run([process.execPath, bundled]);
  expect(output.trim().split("\n").sort()).toEqual([
    "EXITED",
    "EXITED",
    "cacheprogw: --fault needs the installed cacheprogw; a bundle has serve without faults",
    "cacheprogw: --gocache needs the installed cacheprogw; a bundle has serve with a store alone",
    "closed",
  ]);
  expect(errors).toBe("");
});

test("a bundle leaves out what it doesn't use of the package", async () => {
  await Bun.write(join(project, "little.ts"), `import "cacheprogw";\nimport "cacheprogw/conformance";\n`);
  expect(run([process.execPath, "build", "little.ts", "--target=bun"])).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^\/\/ @bun\s*$/),
  });
});

test("the command starts serve from bytecode, whatever files the working directory has", async () => {
  const lies = {
    ".env": "XDG_CACHE_HOME=/nowhere\nHOME=/nowhere\n",
    "bunfig.toml": `preload = ["not-installed"]`,
    "tsconfig.json": `{"compilerOptions":{"paths":{"*":["./nothing.ts"]}}}`,
    "package.json": "{}",
  };
  const elsewhere = join(folder, "elsewhere");
  for (const [name, text] of Object.entries(lies)) await Bun.write(join(elsewhere, name), text);
  const bin = join(project, "node_modules/.bin/cacheprogw");
  const hello = `{"ID":0,"KnownCommands":["get","put","close"]}\n`;
  expect(run([bin, "serve"], elsewhere)).toEqual({ code: 0, output: hello, errors: "" });
  // put starts the command again, as the built-in program.
  expect(run([bin, "put", "--key", "k", "bunfig.toml"], elsewhere)).toMatchObject({ code: 0 });
  const { output, errors } = run(["env", "BUN_JSC_verboseDiskCache=1", bin, "serve"], elsewhere);
  expect(output + errors).toContain("Cache hit for sourceCode");
});

test("serve also has its faults and its help, which aren't in the bundle that go starts", () => {
  const serve = (...args: string[]) => run([join(project, "node_modules/.bin/cacheprogw"), "serve", ...args]);
  for (const args of [["--help"], ["-h"], ["--dir", "x", "--help"]]) {
    const { code, output } = serve(...args);
    expect({ args, code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining("\n  hello-late "),
    });
    expect(output).toStartWith("Usage: cacheprogw serve ");
  }
  const faulty = { code: 0, output: expect.stringContaining(`{"ID":1,"KnownCommands"`), errors: "" };
  expect(serve("--fault", "hello-id")).toEqual(faulty);
  expect(serve("--fault=hello-id", "--dir", "faulty")).toEqual(faulty);
  const said = `cacheprogw: serve has no option --falt. Did you mean "--fault"?\nSee: cacheprogw serve --help\n`;
  expect(serve("--falt", "hello-id")).toEqual({ code: 2, output: "", errors: said });
});

test("the package's bench finds the no-op program", () => {
  const bench = [
    join(project, "node_modules/.bin/cacheprogw"),
    "bench",
    "get-miss/1",
    "--runs",
    "1",
    "--time",
    "0.05",
  ];
  expect(run(bench)).toMatchObject({ code: 0 });
});

test("the built-in program passes the package's check", () => {
  const { code, errors } = run([join(project, "node_modules/.bin/cacheprogw"), "check"]);
  expect(errors).toMatch(/\d+ passed/);
  expect(errors).not.toMatch(/failed|not run/);
  // go1.24 sends no ObjectID, and serve has no second tier. tests/conformance/matrix.test.ts relies on the rest.
  const missing = [...errors.matchAll(/^ +- (\S+) +not applicable: (?!this machine)/gm)].map(([, id]) => id);
  expect(missing).toEqual(["framing/object-id", "shared/found", "shared/content", "shared/unreachable"]);
  expect(code).toBe(0);
});

test("bunx runs the package's command", () => {
  const bunx = [process.execPath, "x", "--bun", "cacheprogw"];
  expect(run([...bunx, "--version"])).toEqual({ code: 0, output: `${manifest.version}\n`, errors: "" });
  const { code, output } = run([...bunx, "--help"]);
  expect(code).toBe(0);
  expect(output).toContain(`\ncacheprogw ${manifest.version}: `);
  const body = join(project, "package.json");
  expect(run([...bunx, "put", "--key", "k", body])).toMatchObject({ code: 0 });
  expect(run([...bunx, "get", "--key", "k"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("stranger"),
  });
});
