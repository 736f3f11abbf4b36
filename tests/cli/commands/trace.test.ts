import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type GoRun, GoSandbox } from "../../../fixtures/go-sandbox.ts";
import { hasGo } from "../../../fixtures/go-toolchains.ts";
import { smallModule } from "../../../fixtures/recorded-builds.ts";
import { isFailure } from "../../../src/conformance/report.ts";
import { CacheProg } from "../../../src/index.ts";
import { lint } from "../../../src/trace/lint/linter.ts";
import { nameActions } from "../../../src/trace/names/names.ts";
import { Replay } from "../../../src/trace/replay/replay.ts";
import { loadTrace, type Trace } from "../../../src/trace/trace.ts";
import { Sandbox } from "../sandbox.ts";

const main = resolve(import.meta.dir, "../../../src/cli/main.ts");
const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

/** The traces in a folder, by their start. */
async function tracesIn(folder: string): Promise<Trace[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  const traces = await Promise.all(names.map((name) => loadTrace(join(folder, name))));
  return traces.sort((a, b) => a.start.time.localeCompare(b.start.time));
}

describe("trace", () => {
  /** A client that takes its cache program from GOCACHEPROG, as go does. */
  const put = [...sandbox.command, "put", "--key", "x", "input"];
  const env = { GOCACHE: join(sandbox.path, "go-build"), GOENV: "off" };

  test("records over go's own cache, or around the program in GOCACHEPROG", async () => {
    sandbox.write("input", "hello");
    const own = await sandbox.run(["trace", "--traces", "own", "-o", "own.html", "--", ...put], { env });
    expect([own.code, own.stdout.toString()]).toEqual([0, `${Bun.SHA256.hash("hello", "hex")}\n`]);
    expect(own.stderr).toContain("go's own");
    expect(own.stderr).toContain("the page is own.html");
    expect(sandbox.read("own.html").toString()).toStartWith("<!doctype html>");
    const GOCACHEPROG = `${sandbox.command.join(" ")} serve --dir '${join(sandbox.path, "a b")}'`;
    const around = await sandbox.run(["trace", "--traces", "around", "--", ...put], {
      env: { ...env, GOCACHEPROG },
    });
    expect(around.code).toBe(0);
    const traces = [
      ...(await tracesIn(join(sandbox.cwd, "own"))),
      ...(await tracesIn(join(sandbox.cwd, "around"))),
    ];
    expect(traces.map(({ start }) => start.program)).toEqual([
      [],
      [...sandbox.command, "serve", "--dir", join(sandbox.path, "a b")],
    ]);
    for (const { requests } of traces)
      expect(requests.map(({ outcome }) => outcome)).toEqual(["stored", "closed"]);
    const mine = ["build.html", "graph.json"].map((name) => join(sandbox.cwd, "around", name));
    for (const path of mine) writeFileSync(path, "mine");
    await sandbox.run(["trace", "--traces", "around", "--", ...put], { env });
    expect(mine.map((path) => readFileSync(path, "utf8"))).toEqual(["mine", "mine"]);
    expect(readdirSync(join(sandbox.cwd, "around")).toSorted()).toEqual([
      expect.stringMatching(/^\d+\.jsonl$/),
      expect.stringMatching(/^\d+\.jsonl$/),
      "build-2.html",
      "build.html",
      "graph.json",
    ]);
  });

  test("ends as the command ends, and passes on a signal", async () => {
    const ended = await sandbox.run(["trace", "--", "sh", "-c", "echo out; echo err >&2; exit 7"], { env });
    expect([ended.code, ended.stdout.toString()]).toEqual([7, "out\n"]);
    expect(ended.stderr).toMatch(/^err\ncacheprogw: no go command asked its cache/);
    await using running = sandbox.start(["trace", "--", "sh", "-c", "echo up >&2; read x"], { env });
    await running.said("up");
    running.child.kill("SIGTERM");
    expect(await running.ended()).toMatchObject({ signal: "SIGTERM" });
  });

  test("refuses what it can't do before it runs anything", async () => {
    for (const [args, more, code, said] of [
      [[], {}, 2, "no command to run"],
      [["go", "build"], {}, 2, "as in: cacheprogw trace -- go build"],
      [["--", "./missing"], {}, 5, "can't run ./missing"],
      [["--", "echo"], { GOCACHE: "off" }, 2, "GOCACHE is off"],
      [["--", "echo"], { GOCACHEPROG: "'a" }, 2, "GOCACHEPROG: the single quote"],
      [["--", "echo"], { GOFLAGS: "'a" }, 2, "GOFLAGS: the single quote"],
      [["-o", "no/such/page.html", "--", "echo"], {}, 3, "can't write no/such/page.html"],
    ] as const) {
      const ended = await sandbox.run(["trace", ...args], { env: { ...env, ...more } });
      expect([ended.code, ended.stdout.toString()]).toEqual([code, ""]);
      expect(ended.stderr).toContain(said);
    }
  });

  test("GOFLAGS and GOCACHEPROG may come from go env -w", async () => {
    const GOENV = sandbox.write("goenv", "GOFLAGS=-trimpath\nGOCACHEPROG=mine --dir x\n");
    const show = ["sh", "-c", 'echo "$GOFLAGS"; echo "$GOCACHEPROG"'];
    const { stdout } = await sandbox.run(["trace", "--", ...show], { env: { ...env, GOENV } });
    const [flags, program] = stdout.toString().split("\n");
    expect(flags).toMatch(/^-trimpath -debug-actiongraph=\//);
    expect(program).toEndWith("/ -- mine --dir x");
    const GOFLAGS = "-v -debug-actiongraph=mine.json";
    const kept = await sandbox.run(["trace", "--", ...show], { env: { ...env, GOFLAGS } });
    expect(kept.stdout.toString()).toStartWith(`${GOFLAGS}\n`);
  });
});

describe.skipIf(!hasGo)("trace of a real go (needs go)", () => {
  let made: GoSandbox | undefined;
  const go = () => (made ??= new GoSandbox(120_000));
  afterAll(() => made?.[Symbol.asyncDispose]());

  const module = (files?: Readonly<Record<string, string>>) => smallModule(go(), files);

  interface Traced extends GoRun {
    readonly traces: readonly Trace[];
  }

  /** Runs a command of the module with trace; GOCACHE is a folder of the test. */
  async function traced(cwd: string, cache: string, words: readonly string[], env = {}): Promise<Traced> {
    const folder = join(go().folder("traces"), "x");
    const command = [process.execPath, main, "trace", "--traces", folder, "--", ...words];
    const run = await go().exec(command, { cwd, env: { GOCACHE: cache, ...env } });
    return { ...run, traces: existsSync(folder) ? await tracesIn(folder) : [] };
  }

  const plain = (cwd: string, cache: string, ...args: string[]) =>
    go().run(args, { cwd, env: { GOCACHE: cache } });

  /** What go build -v prints: the packages that it compiles. */
  const compiled = "example.com/m/a\nexample.com/m/b\n";

  function outcomes(trace: Trace | undefined): Record<string, number> {
    const counts = Map.groupBy(trace?.requests ?? [], ({ outcome }) => outcome);
    return Object.fromEntries([...counts].map(([name, { length }]) => [name, length]));
  }

  test("finds all that plain go has built, and the other way round", async () => {
    const [cwd, one, other] = [module(), go().folder("cache"), go().folder("cache")];
    expect(await plain(cwd, one, "build", "-v", "./...")).toMatchObject({ exitCode: 0, stderr: compiled });
    const warm = await traced(cwd, one, [go().go, "build", "-v", "./..."]);
    expect(warm).toMatchObject({ exitCode: 0, stdout: "" });
    expect(warm.stderr).not.toContain("example.com/m/a\n");
    expect(outcomes(warm.traces[0])).toEqual({ hit: expect.any(Number), closed: 1 });

    const cold = await traced(cwd, other, [go().go, "build", "-v", "./..."]);
    expect(cold.stderr).toStartWith(compiled);
    expect(cold.stderr).toContain("example.com/m/a");
    expect(await plain(cwd, other, "build", "-v", "./...")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("a build that fails prints and ends as without it", async () => {
    const [cwd, cache] = [
      module({ "a/a.go": "package a\n\nfunc A() int { return x }\n" }),
      go().folder("cache"),
    ];
    const direct = await plain(cwd, cache, "build", "./...");
    const { exitCode, stdout, stderr } = await traced(cwd, cache, [go().go, "build", "./..."]);
    expect([exitCode, stdout]).toEqual([direct.exitCode, direct.stdout]);
    expect(stderr).toStartWith(direct.stderr);
    expect(direct.stderr).toContain("undefined: x");
  });

  test("each go process gets a trace with its own action graph: one after another, and nested", async () => {
    const generate = "package a\n\n//go:generate go build -tags y ./...\n\nfunc A() int { return 1 }\n";
    const [cwd, cache] = [smallModule(go(), { "a/a.go": generate }), go().folder("cache")];
    const commands = ["build ./...", "build -tags x ./...", "generate ./a", "vet ./b"];
    const script = commands.map((command) => `${go().go} ${command}`).join(" && ");
    const { exitCode, traces } = await traced(cwd, cache, ["sh", "-c", script]);
    expect(exitCode).toBe(0);
    const builds = traces.filter(({ start }) => ["build", "vet"].includes(start.go.command?.[1] ?? ""));
    expect(builds).toHaveLength(4);
    for (const trace of builds) expect([...nameActions(trace).kinds.keys()]).toContain("build");
  });

  test("go commands that run at once never get the action graph of each other", async () => {
    const [one, other] = [
      module(),
      smallModule(go(), { "go.mod": "module example.com/other\n\ngo 1.24\n", "b/b.go": "package b\n" }),
    ];
    const script = `${go().go} build ./... & cd ${other} && ${go().go} build ./...; wait`;
    const { exitCode, traces } = await traced(one, go().folder("cache"), ["sh", "-c", script]);
    expect([exitCode, traces.length]).toEqual([0, 2]);
    for (const { start, graph = "" } of traces)
      expect(graph).not.toContain(start.go.directory === other ? "example.com/m/" : "example.com/other/");
  });

  test("go.work, -mod=vendor and an own -debug-actiongraph work", async () => {
    const cwd = module({ "go.work": "go 1.24\n\nuse .\n" });
    const cache = go().folder("cache");
    const work = await traced(cwd, cache, [go().go, "build", "-buildvcs=false", "./..."], {
      GOWORK: "",
      GOFLAGS: "",
    });
    expect([work.exitCode, work.traces[0]?.graph !== undefined]).toEqual([0, true]);
    const vendored = module({ "vendor/modules.txt": "" });
    const flags = { GOFLAGS: "-mod=vendor" };
    const vendor = await traced(vendored, cache, [go().go, "build", "./..."], flags);
    expect([vendor.exitCode, vendor.traces[0]?.graph !== undefined]).toEqual([0, true]);
    const mine = await traced(cwd, cache, [go().go, "build", "-debug-actiongraph=mine.json", "./..."]);
    expect(mine.traces[0]?.graph).toBe(readFileSync(join(cwd, "mine.json"), "utf8"));
  });

  test("keeps to the protocol in each of its commands, and what it asked can be asked again", async () => {
    const script = ["build ./...", "list -export ./..."].map((words) => `${go().go} ${words}`);
    const { traces } = await traced(module(), go().folder("cache"), ["sh", "-c", script.join(" && ")]);
    const names = traces.map(({ name }) => name);
    const { results } = await lint(names, { files: true, strict: true });
    expect(results.filter(isFailure)).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === "passed").length).toBeGreaterThan(30);

    const replay = await Replay.load(names[1] ?? "");
    const program = [...sandbox.command, "serve", "--dir", join(sandbox.path, "replayed")];
    const first = await CacheProg.start(program);
    const { entries } = await replay.prepare(first);
    await first.close();
    await using second = await CacheProg.start(program);
    const { recorded, replayed, problems } = await replay.run(second);
    expect([entries, recorded.hits > 0, problems]).toEqual([recorded.hits, true, []]);
    expect([replayed.hits, replayed.misses, replayed.puts]).toEqual([
      recorded.hits,
      recorded.misses,
      recorded.puts,
    ]);
  });

  test("two at once share a cache", async () => {
    const [cwd, cache] = [module(), go().folder("cache")];
    const runs = await Promise.all([1, 2].map(() => traced(cwd, cache, [go().go, "build", "./..."])));
    expect(runs.map(({ exitCode, traces }) => [exitCode, traces.length])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(await plain(cwd, cache, "build", "-v", "./...")).toMatchObject({ exitCode: 0, stderr: "" });
  });
});
