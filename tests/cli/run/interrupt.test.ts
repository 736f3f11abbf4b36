import { describe, expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { OnTerminal } from "../on-terminal.ts";
import { Sandbox } from "../sandbox.ts";

const scriptedServer = resolve(import.meta.dir, "../../../fixtures/scripted-server.ts");
const slowServer = resolve(import.meta.dir, "../../../fixtures/slow-server.ts");

/** A command with a child, which both say that they got a signal, and leave half an output. */
const child =
  'process.on("SIGNAL", () => { console.error("child"); process.exit(); }); setInterval(() => {}, 1000); console.error("ready")';
const command = (signal: string) =>
  `echo half > out; trap "wait; echo command >&2; exit 1" ${signal.slice(3)}; ${process.execPath} -e '${child.replace("SIGNAL", signal)}' & wait`;
const ways = ["-i", "in", "-o", "out", "-n", "long", "--", "sh", "-c"];

/** Whether a run finds a result of the step. */
async function isStored(sandbox: Sandbox, words: readonly string[]): Promise<boolean> {
  return (await sandbox.run(["run", "--dry-run", ...words])).stderr.includes("hit");
}

/** The names in the project and in the memory, as far as they are none of these. */
function left(sandbox: Sandbox): readonly string[] {
  const memory = join(sandbox.cache, "cacheprogw-steps");
  const inMemory = readdirSync(memory, { recursive: true }).map(String);
  const names = [...readdirSync(sandbox.cwd), ...inMemory];
  return names.filter(
    (name) => !/^(in|out|package\.json)$|^[0-9a-f]{32}(\/(digests|[0-9a-f]{32}\.(lock|last)))?$/.test(name),
  );
}

describe.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s", (signal, code) => {
  test.each([[], ["--isolate"]])(
    "reaches the command and its children, and nothing is stored %j",
    async (...options) => {
      using sandbox = new Sandbox();
      sandbox.write("in", "");
      const words = [...ways, command(signal)];
      await using run = sandbox.start(["run", ...options, ...words]);
      await run.said("ready\n");
      run.child.kill(signal);
      const outcome = await run.ended();
      expect(outcome.stderr).toContain("child\ncommand\n");
      expect(outcome.code).toBe(code);
      expect(left(sandbox)).toEqual([]);
      expect(await isStored(sandbox, words)).toBe(false);
    },
  );
});

test("Ctrl-C on a terminal does the same", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "");
  const words = [...ways, command("SIGINT")];
  await using run = new OnTerminal(sandbox, ["run", ...words], { NO_COLOR: "1" });
  await run.saw("ready\r\n");
  run.type("\x03");
  expect(await run.ended()).toBe(130);
  expect(run.seen).toEndWith("^Cchild\r\ncommand\r\n");
  expect(await isStored(sandbox, words)).toBe(false);
});

test("a command that ignores the signal and succeeds isn't stored either", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "");
  const words = [...ways, 'trap "" TERM; echo ready >&2; read x < go; echo whole > out'];
  Bun.spawnSync(["mkfifo", join(sandbox.cwd, "go")]);
  await using run = sandbox.start(["run", ...words]);
  await run.said("ready\n");
  run.child.kill("SIGTERM");
  await Bun.$`echo > ${join(sandbox.cwd, "go")}`;
  expect((await run.ended()).code).toBe(143);
  expect(sandbox.read("out").toString()).toBe("whole\n");
  expect(await isStored(sandbox, words)).toBe(false);
});

test("a signal ends a run whose cache is slow to store", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "");
  const words = [...ways, "echo out > out; echo ran >&2"];
  const GOCACHEPROG = `${process.execPath} ${slowServer} --ms 60000 --dir ${join(sandbox.path, "store")}`;
  await using run = sandbox.start(["run", ...words], { env: { GOCACHEPROG } });
  await run.said("ran\n");
  run.child.kill("SIGTERM");
  expect(await run.ended()).toMatchObject({ code: 143 });
  expect(left(sandbox)).toEqual([]);
});

test("a signal ends a run that waits for a pack in the middle of a restore, and changes nothing", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "");
  const words = [...ways, "head -c 100000 /dev/zero > out"];
  const store = join(sandbox.path, "store");
  // Answers the first get, which is that of the manifest, and no other.
  const script = `
    const { DiskStore } = await import("${resolve(import.meta.dir, "../../../src/server/store/disk-store.ts")}");
    const store = DiskStore.open("${store}");
    hello();
    let gets = 0;
    for (const r of requests()) {
      if (++gets > 1) { log("asked for a pack"); hang(); }
      const entry = await store.get({ actionID: Buffer.from(r.ActionID, "base64"), id: r.ID });
      say({ ID: r.ID, OutputID: Buffer.from(entry.outputID).toString("base64"), Size: entry.size, DiskPath: entry.diskPath });
    }`;
  const serve = `${sandbox.command.join(" ")} serve --dir ${store}`;
  expect(await sandbox.run(["run", ...words], { env: { GOCACHEPROG: serve } })).toMatchObject({ code: 0 });
  rmSync(join(sandbox.cache, "cacheprogw-steps"), { recursive: true });
  sandbox.write("out", "mine");
  const GOCACHEPROG = `${process.execPath} ${scriptedServer} '${script.replaceAll("\n", " ")}'`;
  await using run = sandbox.start(["run", ...words], { env: { GOCACHEPROG } });
  await run.said("asked for a pack\n");
  expect(readdirSync(sandbox.cwd).filter((name) => name.startsWith(".cacheprogw-"))).toHaveLength(1);
  run.child.kill("SIGINT");
  expect(await run.ended()).toMatchObject({ code: 130 });
  expect(left(sandbox)).toEqual([]);
  expect(sandbox.read("out").toString()).toBe("mine");
});
