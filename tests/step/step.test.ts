import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TempDirectory } from "../server/temp-directory.ts";

const main = join(import.meta.dir, "../../src/cli/main.ts");
const library = join(import.meta.dir, "../../src");
const directory = new TempDirectory();
afterAll(() => directory[Symbol.dispose]());

/** A project with one input, in which scripts run as processes of their own. */
class Scripts {
  readonly path: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(name: string) {
    this.path = join(directory.path, name);
    mkdirSync(this.path);
    writeFileSync(join(this.path, "in.txt"), "in");
    const cache = join(this.path, "cache");
    this.#env = {
      ...process.env,
      GOCACHEPROG: "",
      XDG_CACHE_HOME: cache,
      HOME: this.path,
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
    };
  }

  run(body: string, env: Readonly<Record<string, string>> = {}) {
    writeFileSync(
      join(this.path, "script.ts"),
      `import { CacheProg } from ${JSON.stringify(`${library}/index.ts`)};
       import { step, StepFailed } from ${JSON.stringify(`${library}/step/index.ts`)};
       const copy = { name: "copy", command: "mkdir -p out && cp in.txt out && echo copied", inputs: ["in.txt"], outputs: ["out"] };
       void CacheProg; void StepFailed; void copy;
       ${body}`,
    );
    const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "script.ts"], {
      cwd: this.path,
      env: { ...this.#env, ...env },
    });
    return { code: exitCode, output: stdout.toString(), errors: stderr.toString() };
  }
}

describe("step()", () => {
  test("uses the built-in program, prints again what the command printed, and doesn't keep the process alive", () => {
    const scripts = new Scripts("built-in");
    const script = "console.log((await step(copy)).status)";
    expect(scripts.run(script)).toEqual({ code: 0, output: "copied\nran\n", errors: "" });
    rmSync(join(scripts.path, "out"), { recursive: true });
    expect(scripts.run(script)).toEqual({ code: 0, output: "copied\nhit\n", errors: "" });
    expect(existsSync(join(scripts.path, "out/in.txt"))).toBe(true);
    expect(existsSync(join(scripts.path, "cache/cacheprogw/CACHEDIR.TAG"))).toBe(true);
  });

  test("takes the caller's cache, and leaves it open", () => {
    const scripts = new Scripts("own");
    const script = `
      await using cache = await CacheProg.start([${JSON.stringify(main)}, "serve", "--dir", "store"]);
      const { status, stored } = await step({ ...copy, cache });
      const { key } = await step({ ...copy, cache });
      console.log(status, stored, key.length, (await cache.get(new Uint8Array(32))) === null);`;
    expect(scripts.run(script)).toEqual({
      code: 0,
      output: "copied\ncopied\nran true 64 true\n",
      errors: "",
    });
  });

  test("runs a function, whose code isn't part of the key", () => {
    const scripts = new Scripts("function");
    const script = (text: string) => `
      const { status } = await step({
        name: "fn", inputs: ["in.txt"], outputs: ["out.txt"],
        run: async ({ cwd, signal }) => void (await Bun.write(cwd + "/out.txt", ${JSON.stringify(text)} + signal.aborted)),
      });
      console.log(status, await Bun.file("out.txt").text());`;
    expect(scripts.run(script("one "))).toEqual({ code: 0, output: "ran one false\n", errors: "" });
    expect(scripts.run(script("two "))).toEqual({ code: 0, output: "hit one false\n", errors: "" });
  });

  test("rejects if the command or the function fails, with what happened", () => {
    const scripts = new Scripts("failing");
    const script = `
      const failing = { name: "failing", inputs: [], outputs: [] };
      for (const work of [{ command: "exit 3" }, { command: ["/no/such"] }, { run: () => { throw new Error("oops"); } }]) {
        const error = await step({ ...failing, ...work }).catch((error) => error);
        console.log(error instanceof StepFailed, error.message.replace(/: ENOENT.*| ENOENT.*/, ""), error.report.status, error.cause?.message);
      }`;
    const { code, output, errors } = scripts.run(script);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output.split("\n")).toEqual([
      "true step failing failed with exit code 3 failed undefined",
      "true step failing can't be started failed undefined",
      "true step failing failed: oops failed oops",
      "",
    ]);
  });

  test("depends on the outputs of other steps, awaited or not", () => {
    const scripts = new Scripts("dependent");
    const script = `
      const first = step(copy);
      const second = { name: "second", command: "cat out/in.txt > second.txt", inputs: [], outputs: ["second.txt"] };
      console.log((await step({ ...second, dependsOn: [first] })).status, (await step({ ...second, dependsOn: [await first] })).status);`;
    expect(scripts.run(script)).toMatchObject({ code: 0, output: "copied\nran hit\n" });
    writeFileSync(join(scripts.path, "in.txt"), "other");
    expect(scripts.run(script)).toMatchObject({ code: 0, output: "copied\nran hit\n" });
  });

  test("refuses what isn't a step in dependsOn, and a wrong option", () => {
    const scripts = new Scripts("wrong");
    const script = `
      for (const wrong of [{ dependsOn: ["copy"] }, { dependsOn: [{}] }, { input: [] }, { outputs: ["."] }])
        console.log(await step({ ...copy, ...wrong }).catch((error) => error.name + ": " + error.message));`;
    const { output } = scripts.run(script);
    expect(output.trim().split("\n")).toEqual([
      expect.stringContaining(
        `ArgumentError: step "copy": dependsOn has something that isn't what step() returned`,
      ),
      expect.stringContaining(
        `ArgumentError: step "copy": dependsOn has something that isn't what step() returned`,
      ),
      expect.stringContaining(`no property "input". Did you mean "inputs"?`),
      expect.stringContaining("a step can't own its whole directory"),
    ]);
  });

  test("refuses outputs that another step of the process has", () => {
    const scripts = new Scripts("shared");
    const script = `
      await step(copy);
      await step({ ...copy, version: "2" });
      await step({ ...copy, name: "other", outputs: ["out/*.txt"] }).catch((error) => console.log(error.name, error.message));
      console.log((await step({ ...copy, name: "third", command: "echo > new.txt", outputs: ["*.txt", "!in.txt"] })).status);`;
    const { output } = scripts.run(script);
    expect(output.split("\n").slice(2)).toEqual([
      expect.stringContaining('ArgumentError steps copy and other both have "out/x.txt" among their outputs'),
      "ran",
      "",
    ]);
  });

  test("goes on without a cache, and says so once; requireCache rejects", () => {
    const scripts = new Scripts("no-cache");
    const script = `
      await step(copy); await step({ ...copy, version: "2" });
      await step({ ...copy, version: "3", requireCache: true }).catch(({ code }) => console.log(code));`;
    const { code, output, errors } = scripts.run(script, { GOCACHEPROG: "/no/such/program" });
    expect({ code, output }).toEqual({ code: 0, output: "copied\ncopied\nSTART_FAILED\n" });
    expect(errors).toMatch(/^cacheprogw: steps run without a cache: can't start .*\n$/);
  });

  test("stops its command when the signal fires, and stores nothing", () => {
    const scripts = new Scripts("abort");
    const script = `
      const stop = new AbortController();
      const { write } = process.stdout;
      process.stdout.write = (bytes) => { stop.abort(); return true; };
      const error = await step({ ...copy, command: "echo started; sleep 60", signal: stop.signal }).catch((error) => error);
      process.stdout.write = write;
      console.log(error.code);`;
    expect(scripts.run(script)).toEqual({
      code: 0,
      output: "ABORTED\n",
      errors: "",
    });
  });
});
