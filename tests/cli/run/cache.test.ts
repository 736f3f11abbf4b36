import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundleFaultyServer } from "../../../fixtures/faulty-bundle.ts";
import { faults } from "../../../src/conformance/faults.ts";
import { temporaryDirectory } from "../../client/guard.ts";
import { Sandbox } from "../sandbox.ts";
import { said } from "./steps.ts";

const faultyServer = await bundleFaultyServer(temporaryDirectory());
const scriptedServer = resolve(import.meta.dir, "../../../fixtures/scripted-server.ts");

/** GOCACHEPROG for fixtures/scripted-server.ts with a script, which may have no single quotes. */
const scripted = (script: string) => `${process.execPath} ${scriptedServer} '${script}'`;

/** Its outputs don't fit into a manifest. */
const big = [
  "-i",
  "in",
  "-o",
  "out",
  "-n",
  "big",
  "--",
  "sh",
  "-c",
  "head -c 100000 /dev/zero > out; cat in >> out; echo printed",
];

describe("whatever is wrong with the cache program, the step succeeds and its outputs are right:", () => {
  const names = [
    ...["exits-at-once", "hello-late", "without-get", "without-put", "hit-without-path", "size-missing"],
    ...["hit-on-missing-file", "hit-on-zeros", "first-put-wins", "relative-path", "close-fails"],
    "exits-at-close",
  ];
  test.each(names)("%s", async (fault) => {
    expect(faults.map(({ name }) => name)).toContain(fault);
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    const store = join(sandbox.path, "store");
    const GOCACHEPROG = `${process.execPath} ${faultyServer} --fault ${fault} --dir ${store}`;
    for (let run = 0; run < 2; run++) {
      // As on another machine: only the cache knows the result.
      rmSync(join(sandbox.cache, "cacheprogw-steps"), { recursive: true, force: true });
      rmSync(join(sandbox.cwd, "out"), { force: true });
      const { code, stdout, stderr } = await sandbox.run(["run", "--timeout=0.5", ...big], {
        env: { GOCACHEPROG },
      });
      expect([code, stdout.toString()]).toEqual([0, "printed\n"]);
      expect(sandbox.read("out").toString()).toBe(`${"\0".repeat(100_000)}input\n`);
      // At most one line about the cache, or about what it had.
      expect(
        stderr
          .trimEnd()
          .split("\n")
          .filter((line) => !/: (miss|hit|done)\b/.test(line)).length,
      ).toBeLessThan(2);
    }
  });
});

/** A busy machine may delay it; a second timeout does so each time. */
const again = { retry: 4 };

test.each([
  ["never says hello", "hang()", "sent no hello within TIME"],
  [
    "never answers",
    'hello(); for (const r of requests()) if (r.Command !== "get") break; hang()',
    "did not answer get",
  ],
  ["dies", "hello(); for (const r of requests()) process.exit(9)", "exited with code 9"],
  ["answers with errors", 'hello(); for (const r of requests()) say({ ID: r.ID, Err: "no" })', "error"],
])(
  "a program that %s costs one timeout and one line",
  async (_, script, why) => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    const start = performance.now();
    const { code, stderr } = await sandbox.run(["run", "--timeout=1", ...big], {
      env: { GOCACHEPROG: scripted(script) },
    });
    expect(code).toBe(0);
    const [cache = "", ...rest] = said(stderr).split("\n");
    expect(cache).toStartWith("cacheprogw: going on without the cache: ");
    expect(cache).toContain(why);
    expect(rest).toEqual([
      "cacheprogw: big: miss: it hasn't run here before",
      "cacheprogw: big: done in TIME, not cached: the cache failed",
      "",
    ]);
    expect(performance.now() - start).toBeLessThan(4_000);
  },
  again,
);

test("--require-cache makes a failure of the cache an error: exit code 3", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "input\n");
  const env = { GOCACHEPROG: scripted("hello(); for (const r of requests()) process.exit(9)") };
  const { code, stderr } = await sandbox.run(["run", "--require-cache", ...big], { env });
  expect(code).toBe(3);
  expect(stderr).toContain("exited with code 9");
});
