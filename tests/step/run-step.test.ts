import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CacheProgError } from "../../src/errors.ts";
import { ProjectFolder } from "./project-folder.ts";

const build = { command: "mkdir -p dist; cat src/*.ts > dist/out.js; echo built" };

describe("a step", () => {
  test("runs once, then is a hit, and prints again what it printed", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const command = { command: "mkdir -p dist; cp src/a.ts dist/; echo out; echo err >&2" };
    const first = await project.run(command);
    expect(first).toMatchObject({ status: "ran", stored: true, missed: ["it hasn't run here before"] });
    project.forget();
    expect(await project.run(command)).toMatchObject({
      status: "hit",
      key: first.key,
      outputs: first.outputs,
      restored: 0,
      duration: first.duration,
    });
  });

  test("restores what is missing, wrong or too much, from the cache alone", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(build);
    project.forget();
    project.remove("dist");
    expect(await project.run(build)).toMatchObject({ status: "hit", restored: 1, printed: "1:built\n" });
    expect(project.read("dist/out.js")).toBe("a");
    project.write("dist/out.js", "wrong");
    project.write("dist/stale.js", "stale");
    expect(await project.run(build)).toMatchObject({ status: "hit", restored: 1, removed: 1 });
    expect([project.read("dist/out.js"), existsSync(join(project.path, "dist/stale.js"))]).toEqual([
      "a",
      false,
    ]);
  });

  test("shares results between checkouts in different folders", async () => {
    using one = new ProjectFolder();
    using two = new ProjectFolder(one.cache);
    one.write("src/a.ts", "a");
    two.write("src/a.ts", "a");
    const { key } = await one.run(build);
    expect(await two.run(build)).toMatchObject({ status: "hit", key, restored: 1 });
  });

  test("writes nothing for a hit that it remembers", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(build);
    const [file = ""] = project.remembered();
    const { ino } = statSync(file);
    expect(await project.run(build)).toMatchObject({ status: "hit" });
    expect(statSync(file).ino).toBe(ino);
    project.write("src/a.ts", "b");
    expect((await project.run(build)).missed).toEqual(["src/a.ts changed"]);
    expect(statSync(file).ino).not.toBe(ino);
  });

  test("forgets a run if any byte of what it remembers is wrong", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(build);
    const [file = ""] = project.remembered();
    const bytes = readFileSync(file);
    for (const at of [0, bytes.indexOf(10) + 5, bytes.length - 1]) {
      const wrong = Buffer.from(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      writeFileSync(file, wrong);
      project.cache.calls.length = 0;
      expect(await project.run(build)).toMatchObject({ status: "hit", restored: 0 });
      expect(project.cache.calls).toEqual(["get"]);
    }
  });

  test("costs one get for a hit, and one get and one put for a small miss", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(build);
    expect(project.cache.calls.splice(0)).toEqual(["get", "put"]);
    project.forget();
    await project.run(build);
    expect(project.cache.calls.splice(0)).toEqual(["get"]);
    // Nothing has changed since, so the cache isn't even asked.
    await project.run(build);
    expect(project.cache.calls).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string>>, Parameters<ProjectFolder["run"]>, readonly string[]]>([
    ["an input", { "src/a.ts": "b" }, [build], ["src/a.ts changed"]],
    ["a new input", { "src/b.ts": "b" }, [build], ["src/b.ts is new"]],
    ["the command", {}, [{ command: `${build.command} ` }], ["the command changed"]],
    ["the version", {}, [{ ...build, version: "2" }], ["its version changed"]],
    ["the platform", {}, [{ ...build, platform: "any" }], ["it ran on another platform"]],
    ["a variable", {}, [{ ...build, env: ["X"] }], ["X is declared now"]],
    [
      "the patterns",
      {},
      [{ ...build, inputs: ["src/**"] }],
      ["its inputs or outputs are declared differently"],
    ],
    [
      "several things",
      { "src/a.ts": "b", "src/c.ts": "c" },
      [{ ...build, version: "2" }],
      ["its version changed", "src/a.ts changed", "src/c.ts is new"],
    ],
  ])("runs again after a change of %s, and says so", async (_, files, run, missed) => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(build);
    for (const [path, text] of Object.entries(files)) project.write(path, text);
    expect(await project.run(...run)).toMatchObject({ status: "ran", missed });
  });

  test("depends on the value of a declared variable, and not on others", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const step = { ...build, env: ["MODE"] };
    const env = { PATH: process.env.PATH, OTHER: "1" };
    await project.run(step, { env });
    expect(await project.run(step, { env: { ...env, OTHER: "2" } })).toMatchObject({ status: "hit" });
    expect(await project.run(step, { env: { ...env, MODE: "x" } })).toMatchObject({
      missed: ["MODE changed"],
    });
  });

  test("has a key that differs from every step with another declaration", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const steps = [
      build,
      { ...build, outputs: ["dist", "out"] },
      { ...build, name: "other" },
      { ...build, env: ["A"] },
    ];
    const keys: string[] = [];
    for (const step of steps) keys.push((await project.run(step, { dryRun: true })).key);
    // The name isn't part of the key: two steps that do the same share a result.
    expect(new Set(keys).size).toBe(3);
  });

  test("may have no outputs, and then only succeeds once", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const lint = { name: "lint", outputs: [], command: "echo clean" };
    expect(await project.run(lint)).toMatchObject({ status: "ran", stored: true });
    expect(await project.run(lint)).toMatchObject({ status: "hit", printed: "1:clean\n" });
  });

  test("isn't stored if it fails, and runs again", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const failing = { command: "echo no >&2; exit 3" };
    for (const missed of [["it hasn't run here before"], ["it failed the last time"]])
      expect(await project.run(failing)).toMatchObject({
        status: "failed",
        stored: false,
        missed,
        printed: "2:no\n",
        end: { kind: "failed", end: { kind: "exited", code: 3 } },
      });
  });

  test.each([
    [
      "changes an input",
      "mkdir dist; echo b > src/a.ts; touch dist/x",
      "its inputs changed while it ran: src/a.ts changed",
    ],
    [
      "adds an input",
      "mkdir dist; echo b > src/b.ts; touch dist/x",
      "its inputs changed while it ran: src/b.ts is new",
    ],
    [
      "leaves a process that holds its output",
      "mkdir dist; touch dist/x; sleep 60 & echo $! > ../pid",
      "still runs",
    ],
    [
      "prints too much",
      "mkdir dist; touch dist/x; head -c 16777217 /dev/zero",
      "it printed more than 16777216 bytes",
    ],
    ["leaves no outputs", "true", 'it left nothing that matches its output "dist"'],
    ["leaves a symlink that leads out", "mkdir dist; ln -s /etc/passwd dist/x", "its target isn't relative"],
    [
      "leaves names that differ in case",
      "mkdir dist; touch dist/A dist/a",
      "the same file on some file systems",
    ],
  ])("isn't stored if it %s", async (_, command, why) => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const report = await project.run({ command });
    expect(report).toMatchObject({ status: "ran", stored: false });
    expect(report.notStored).toContain(why);
    expect(project.cache.entries.size).toBe(0);
    if (command.includes("../pid")) process.kill(Number(project.read("../pid")));
  });

  test.each([
    ["a name that isn't valid UTF-8", `mkdir -p dist; touch "$(printf 'dist/\\377')"`, "isn't valid UTF-8"],
    ["nothing, not even its folder", 'rm -rf "$PWD"', "ENOENT"],
  ])(
    "succeeds and isn't stored if it leaves %s, and no dependent finds a result",
    async (_, command, why) => {
      using project = new ProjectFolder();
      project.write("src/a.ts", "a");
      const digests = new Set<string>();
      for (let run = 0; run < 2; run++) {
        project.write("src/a.ts", "a");
        const report = await project.run({ command });
        expect(report).toMatchObject({ status: "ran", stored: false });
        expect(report.notStored).toContain(why);
        digests.add(report.outputs);
      }
      expect(digests.size).toBe(2);
    },
  );

  test("isn't stored if it leaves a FIFO among its outputs", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const pipe = { command: "mkdir -p dist/sub; rm -f dist/sub/pipe; mkfifo dist/sub/pipe; echo a > dist/a" };
    expect(await project.run(pipe)).toMatchObject({
      status: "ran",
      stored: false,
      notStored: "its output dist/sub/pipe is a FIFO",
    });
    expect(project.cache.calls).toEqual(["get"]);
    const excluded = { ...pipe, outputs: ["dist", "!dist/sub/pipe"] };
    expect(await project.run(excluded)).toMatchObject({ status: "ran", stored: true });
  });

  test("refuses a file that is an input and an output", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    project.write("dist/x", "x");
    await expect(project.run({ ...build, inputs: ["**"] })).rejects.toThrow(
      '"dist/x" is both an input and an output',
    );
  });

  test("packs outputs over 64 KiB, and restores only what it has to", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const big = { command: "mkdir -p dist; head -c 200000 /dev/zero > dist/big; echo small > dist/small" };
    await project.run(big);
    expect(project.cache.calls.splice(0)).toEqual(["get", "put", "put"]);
    project.forget();
    project.remove("dist/small");
    expect(await project.run(big)).toMatchObject({ status: "hit", restored: 1 });
    expect([project.read("dist/small"), project.read("dist/big").length]).toEqual(["small\n", 200_000]);
  });
});

describe("what comes from a cache isn't believed:", () => {
  const big = { command: "mkdir -p dist; head -c 200000 /dev/zero > dist/big" };

  test.each<[string, (project: ProjectFolder) => void, string]>([
    ["a manifest that is cut", ({ cache }) => truncateSync(cache.last.diskPath, 20), "can't be read"],
    ["a manifest with more bytes", ({ cache }) => appendFileSync(cache.last.diskPath, "x"), "can't be read"],
    ["a manifest that is gone", ({ cache }) => rmSync(cache.last.diskPath), "can't be read"],
    [
      "a manifest with other content",
      ({ cache }) => writeFileSync(cache.last.diskPath, Buffer.alloc(cache.last.size, "x")),
      "has other content than its SHA-256",
    ],
  ])("%s", async (_, damage, why) => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(build);
    damage(project);
    project.forget();
    project.remove("dist");
    const report = await project.run(build);
    expect(report).toMatchObject({ status: "ran", stored: true, cacheFailures: [] });
    expect(report.warnings.join()).toContain(why);
    project.forget();
    project.remove("dist");
    expect(await project.run(build)).toMatchObject({ status: "hit", restored: 1 });
  });

  test("a pack that is another body, so that one body can't be written many times", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(big);
    const [[action, pack] = []] = project.cache.entries;
    const other = crypto.getRandomValues(new Uint8Array(32));
    if (action !== undefined && pack !== undefined)
      project.cache.entries.set(action, { ...pack, outputID: other });
    project.forget();
    project.remove("dist");
    const report = await project.run(big);
    expect(report).toMatchObject({ status: "ran", stored: true });
    expect(report.warnings.join()).toContain("other content for a part of it");
  });

  test.each<[string, (path: string) => void]>([
    ["a pack that is gone", (path) => rmSync(path)],
    ["a pack with other content", (path) => writeFileSync(path, Buffer.alloc(200_000, "x"))],
  ])("%s, even if the program never replaces anything", async (_, damage) => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    project.cache.keepsFirst = true;
    await project.run(big);
    const [pack] = [...project.cache.entries.values()];
    damage(pack?.diskPath ?? "");
    project.forget();
    project.remove("dist");
    expect(await project.run(big)).toMatchObject({ status: "ran" });
    expect(project.read("dist/big")).toBe("\0".repeat(200_000));
  });

  test("a manifest of a path that isn't declared", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run({
      ...build,
      outputs: ["dist", "other"],
      command: `${build.command}; echo evil > other`,
    });
    const [entry] = [...project.cache.entries.values()];
    const { key } = await project.run(build, { dryRun: true });
    project.remove("other");
    // The manifest of the wider step, under the key of the narrower one.
    const { subkey } = await import("../../src/hash.ts");
    const action = subkey(Uint8Array.fromHex(key), "cacheprogw step manifest 0");
    if (entry !== undefined) project.cache.entries.set(action.toHex(), entry);
    project.forget();
    const report = await project.run(build);
    expect(report.status).toBe("ran");
    expect(report.warnings.join()).toContain(`"other" isn't one of the declared outputs`);
    expect(existsSync(join(project.path, "other"))).toBe(false);
  });
});

describe("another step with the same outputs", () => {
  const css = { name: "css", inputs: ["src/a.css"], command: "mkdir -p dist; cp src/a.css dist" };
  const js = { name: "js", inputs: ["src/b.js"], command: "mkdir -p dist; cp src/b.js dist" };

  test("that ran since is named before its files are removed or replaced", async () => {
    using project = new ProjectFolder();
    project.write("src/a.css", "a");
    project.write("src/b.js", "b");
    await project.run(css);
    expect(await project.run(js)).toMatchObject({ status: "ran", warnings: [] });
    const { warnings } = await project.run(css);
    expect(warnings).toEqual([
      `js, which ran since, has "dist" among its outputs, too: each removes the other's files; expected outputs of their own`,
    ]);
  });

  test("is no reason to warn if it ran before, as one with another name did, or has other files", async () => {
    using project = new ProjectFolder();
    project.write("src/a.css", "a");
    project.write("src/b.js", "b");
    await project.run(css);
    await project.run({ ...css, name: "styles" });
    await project.run({ ...js, outputs: ["made"], command: "cp src/b.js made" });
    project.remove("dist");
    expect(await project.run({ ...css, name: "styles" })).toMatchObject({ restored: 1, warnings: [] });
  });
});

describe("outputs that can't be restored here", () => {
  // A file where the outputs have a folder, and not one of the outputs.
  const clear = { outputs: ["dist/*.js"], command: `rm -rf dist; ${build.command}` };
  function block(project: ProjectFolder): void {
    project.forget();
    project.remove("dist");
    project.write("dist", "in the way");
    project.cache.calls.length = 0;
  }

  test("don't make the result a damaged one: the command runs, and the cache keeps what it has", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(clear);
    block(project);
    const report = await project.run(clear);
    expect(report).toMatchObject({
      status: "ran",
      stored: true,
      missed: ["its outputs couldn't be restored"],
      cacheFailures: [],
    });
    expect(report.warnings.join()).toMatch(/^its outputs can't be restored: (ENOTDIR|EEXIST)/);
    expect(project.cache.calls).toEqual(["get"]);
    project.forget();
    project.remove("dist");
    expect(await project.run(clear)).toMatchObject({ status: "hit", restored: 1 });
  });

  test("are those of the cache again the next time, even if the command left others", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const random = { ...clear, command: `${clear.command}; date +%s%N > dist/id.js` };
    await project.run(random);
    const first = project.read("dist/id.js");
    block(project);
    expect(await project.run(random)).toMatchObject({
      status: "ran",
      stored: false,
      notStored: "the cache keeps the result that couldn't be restored",
    });
    expect(await project.run(random)).toMatchObject({ status: "hit", restored: 1, warnings: [] });
    expect(project.read("dist/id.js")).toBe(first);
  });

  test("are still an error if the step is run by its own command", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    await project.run(build);
    const [lock] = project.remembered().map((path) => path.replace(/last$/, "lock"));
    project.remove("dist");
    const within = project.run(build, { env: { ...process.env, CACHEPROGW_RUNNING: lock ?? "" } });
    await expect(within).rejects.toThrow("is run by its own command");
    await within.catch(() => {});
    expect(project.cache.calls.length).toBe(2);
  });
});

describe("a cache that fails", () => {
  test.each(["get", "put"])("in %s doesn't break the step", async (call) => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    project.cache.broken = new Set([call]);
    const report = await project.run(build);
    expect(report).toMatchObject({ status: "ran", stored: call === "get" });
    expect(report.cacheFailures).toEqual([`${call} is broken`]);
    expect(project.read("dist/out.js")).toBe("a");
  });

  test.each(["get", "put"])("in %s is an error if the cache is required", async (call) => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    project.cache.broken = new Set([call]);
    await expect(project.run(build, { requireCache: true })).rejects.toThrow(`${call} is broken`);
  });

  test("by not starting doesn't break the step", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const cache = () => Promise.reject(new CacheProgError("START_FAILED", "no such program"));
    const report = await project.run(build, { cache });
    expect(report).toMatchObject({ status: "ran", stored: false, notStored: "the cache failed" });
  });
});

describe("force", () => {
  test("runs a step whose result is stored, and replaces it", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const random = {
      command: "mkdir -p dist; cat /proc/sys/kernel/random/uuid > dist/id || date +%N > dist/id",
    };
    await project.run(random);
    const before = project.read("dist/id");
    expect(await project.run(random, { force: true })).toMatchObject({ status: "ran", stored: true });
    const after = project.read("dist/id");
    expect(after).not.toBe(before);
    project.forget();
    project.remove("dist");
    await project.run(random);
    expect(project.read("dist/id")).toBe(after);
  });

  test("says so if the program keeps what it had", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    project.cache.keepsFirst = true;
    const random = { command: "mkdir -p dist; date +%s%N > dist/id" };
    await project.run(random);
    const report = await project.run(random, { force: true });
    expect(report).toMatchObject({ status: "ran", stored: false });
    expect(report.notStored).toContain("the cache keeps the result it had");
  });
});

test("a dry run changes nothing", async () => {
  using project = new ProjectFolder();
  project.write("src/a.ts", "a");
  expect(await project.run(build, { dryRun: true })).toMatchObject({ missed: ["it hasn't run here before"] });
  expect(existsSync(join(project.path, "dist"))).toBe(false);
  await project.run(build);
  project.remove("dist");
  expect(await project.run(build, { dryRun: true })).toMatchObject({
    status: "hit",
    restored: 1,
    printed: "",
  });
  expect(existsSync(join(project.path, "dist"))).toBe(false);
});
