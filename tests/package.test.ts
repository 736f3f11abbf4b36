import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import manifest from "../package.json";

/* What a stranger gets: the package is packed, installed in an empty project, type-checked and run there. */

const root = resolve(import.meta.dir, "..");
const folder = mkdtempSync(join(tmpdir(), "cacheprogw-"));
const project = join(folder, "project");
const types = ["bun-types", "@types/node", "undici-types"];
const hasTypes = types.every((name) => existsSync(join(root, "node_modules", name)));
/** The files of the package. */
let packed: string[] = [];

beforeAll(async () => {
  expect(run([process.execPath, "pm", "pack", "--destination", folder], root)).toMatchObject({ code: 0 });
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
      XDG_CACHE_HOME: join(folder, "cache"),
      // Of its own, so that no older tarball of the same version is taken.
      BUN_INSTALL_CACHE_DIR: join(folder, "install-cache"),
    },
  });
  return { code: exitCode, output: stdout.toString(), errors: stderr.toString() };
}

test("the package has all of src, what npm shows, and nothing else, and packing leaves nothing behind", () => {
  const sources = [...new Bun.Glob("src/**/*").scanSync(root)];
  const others = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
  expect(packed).toEqual([...sources, ...others].sort());
  expect(readdirSync(root).filter((name) => name.endsWith(".tgz"))).toEqual([]);
});

test("the package brings nothing else with it", () => {
  expect(readdirSync(join(project, "node_modules")).sort()).toEqual([".bin", "cacheprogw"]);
  expect(Object.keys(manifest)).not.toContain("dependencies");
});

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

test("a script of a stranger's puts and gets through the serve of the package", async () => {
  await Bun.write(join(project, "script.ts"), script);
  expect(run([process.execPath, "script.ts"])).toEqual({
    code: 0,
    output: "hello 2 function 1\n",
    errors: "",
  });
});

test("everything that package.json exports can be imported", async () => {
  const names = Object.keys(manifest.exports).filter((name) => name !== "./package.json");
  const imports = names.map((name) => `import(${JSON.stringify(name.replace(".", "cacheprogw"))})`);
  const counts = `console.log((await Promise.all([${imports}])).map((all) => Object.keys(all).length > 0).join())`;
  expect(run([process.execPath, "-e", counts])).toEqual({
    code: 0,
    output: `${names.map(() => true).join()}\n`,
    errors: "",
  });
  const deep = `import("cacheprogw/src/errors.ts").then(() => console.log("it is there"), () => {})`;
  expect(run([process.execPath, "-e", deep])).toMatchObject({ output: "" });
});

test.skipIf(!hasTypes)(
  "a stranger's strict project type-checks with the options of bun init and stricter ones (needs bun install)",
  async () => {
    const compilerOptions = {
      // What bun init writes.
      lib: ["ESNext"],
      target: "ESNext",
      module: "Preserve",
      moduleDetection: "force",
      types: ["bun-types"],
      moduleResolution: "bundler",
      allowImportingTsExtensions: true,
      verbatimModuleSyntax: true,
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      noFallthroughCasesInSwitch: true,
      noUncheckedIndexedAccess: true,
      noImplicitOverride: true,
      // What others add.
      exactOptionalPropertyTypes: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      noImplicitReturns: true,
      noPropertyAccessFromIndexSignature: true,
      erasableSyntaxOnly: true,
      isolatedModules: true,
    };
    await Bun.write(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const wrong = script.replace("entry.size !== size", "entry.size !== String(size)");
    mkdirSync(join(project, "node_modules/@types"), { recursive: true });
    for (const name of types)
      symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
    try {
      await Bun.write(join(project, "script.ts"), script);
      expect(run([process.execPath, "check", "--no-script"])).toMatchObject({ code: 0, output: "" });
      // The types are there, and not any.
      await Bun.write(join(project, "script.ts"), wrong);
      expect(run([process.execPath, "check", "--no-script"])).toMatchObject({
        code: 1,
        output: expect.stringMatching(/^script\.ts\(\d+,\d+\): error TS2367: .*\n$/),
      });
    } finally {
      for (const name of [...types, "@types"])
        rmSync(join(project, "node_modules", name), { recursive: true });
    }
  },
);

test("bunx runs the command line of the package", () => {
  const bunx = [process.execPath, "x", "--bun", "cacheprogw"];
  expect(run([...bunx, "--version"])).toEqual({ code: 0, output: `${manifest.version}\n`, errors: "" });
  const { code, output } = run([...bunx, "--help"]);
  expect(code).toBe(0);
  expect(output).toStartWith(`cacheprogw ${manifest.version}: `);
  const body = join(project, "package.json");
  expect(run([...bunx, "put", "--key", "k", body])).toMatchObject({ code: 0 });
  expect(run([...bunx, "get", "--key", "k"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("stranger"),
  });
});
