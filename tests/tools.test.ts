import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { checkNames, integer, positive } from "./tools/command-line.ts";
import { endProcesses } from "./tools/end-processes.ts";

const root = join(import.meta.dir, "..");
const folder = join(import.meta.dir, "tools");

/** The tools: those files of the folder that no other in it imports. */
const tools = (() => {
  const modules = new Set<string>();
  for (const path of new Bun.Glob("**/*.ts").scanSync(folder))
    for (const [, name = ""] of readFileSync(join(folder, path), "utf8").matchAll(/ from "(\.[^"]+)"/g))
      modules.add(relative(folder, join(folder, dirname(path), name)));
  return [...new Bun.Glob("*.ts").scanSync(folder)].filter((path) => !modules.has(path)).sort();
})();

/** Runs a tool, which must end by itself before it does any work. */
async function run(tool: string, ...words: string[]) {
  await using child = Bun.spawn([process.execPath, join(folder, tool), ...words], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 30_000,
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, err };
}

/** What a tool prints about a mistake. */
function refusal(name: string, tool: string, what: string) {
  return { code: 2, out: "", err: `${name}: ${what}\nhelp: bun tests/tools/${tool} --help\n` };
}

describe("a tool", () => {
  // Its usage shows that runTool has read its options; what that refuses is tested with one of them.
  test.concurrent.each(tools)("prints its usage: %s", async (tool) => {
    const help = await run(tool, "--help");
    expect(help).toEqual({ code: 0, out: expect.stringMatching(/^usage: bun /), err: "" });
    expect(readFileSync(join(folder, tool), "utf8")).toContain("await runTool(");
  });

  test.concurrent.each([
    ["picture", ["--nonsense"], "Unknown option '--nonsense'"],
    ["picture", ["now"], "unexpected argument: now; expected none"],
    ["fuzz:decode", ["--seed", "x"], '--seed is "x"; expected an integer'],
    ["mutate", ["--list", "--to="], '--to is ""; expected an integer of at least 1'],
    ["matrix", ["hello-lat"], 'unknown fault: hello-lat. Did you mean "hello-late"?'],
  ])("says what is wrong: %s %j", async (name, words, what) => {
    const tool = `${name.replace(":", "-")}.ts`;
    expect(await run(tool, ...words)).toEqual(refusal(name, tool, what));
  });

  test.concurrent("says what went wrong, without help, and exits with 1", async () => {
    const err = "std-workload: ENOENT: no such file or directory, open '/none/trace.gz'\n";
    expect(await run("std-workload.ts", "/none/trace.gz")).toEqual({ code: 1, out: "", err });
  });
});

test("the number of an option is refused if it is none, or out of range", () => {
  expect([integer("--seed", "-3"), integer("--jobs", "1", 1), positive("--time", "0.6")]).toEqual([
    -3, 1, 0.6,
  ]);
  for (const text of ["", " ", "x", "1x", "1.5", "NaN", "Infinity", "9007199254740992"])
    expect(() => integer("--seed", text)).toThrow(`--seed is ${JSON.stringify(text)}; expected an integer`);
  expect(() => integer("--jobs", "0", 1)).toThrow('--jobs is "0"; expected an integer of at least 1');
  for (const text of ["", "x", "0", "-1", "100"])
    expect(() => positive("--by", text, 100)).toThrow("expected a number above 0 and below 100");
});

test("names are refused at the first that is unknown", () => {
  checkNames("part", [], ["std"]);
  checkNames("part", ["std"], ["std", "peers"]);
  expect(() => checkNames("part", ["std", "x", "y"], ["std", "peers"])).toThrow(
    "unknown part: x. Expected one of: std, peers",
  );
});

test.skipIf(process.platform !== "linux")(
  "what a mutated program leaves running is found by the path of its copy, in any process group (Linux)",
  async () => {
    const TMPDIR = `/tmp/cacheprogw-mutate-${crypto.randomUUID()}/tmp`;
    const options = {
      stdin: "pipe",
      stdout: "ignore",
      detached: true,
      env: { ...process.env, TMPDIR },
    } as const;
    await using child = Bun.spawn(["cat"], options);
    endProcesses(dirname(TMPDIR));
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
  },
);
