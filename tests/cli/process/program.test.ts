import { afterAll, expect, test } from "bun:test";
import { withProgram } from "../../../src/cli/process/program.ts";
import { Sandbox, scripted } from "../sandbox.ts";

/* Programs that misbehave. */
const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());
sandbox.write("body", "hello\n");

const get = ["get", "-k", "a"];
const put = ["put", "-k", "a", "body"];
const answers = (answer: string) => `hello(); for (const r of requests()) ${answer}`;

const cases: [what: string, args: string[], script: string, code: number, said: RegExp][] = [
  [
    "answers get with Err",
    get,
    answers(`say({ ID: r.ID, Err: "out of order" })`),
    3,
    /answered get with an error: out of order \(SERVER_ERROR\)\n$/,
  ],
  [
    "answers put with Err",
    put,
    answers(`say({ ID: r.ID, Err: "no room" })`),
    3,
    /answered put with an error: no room \(SERVER_ERROR\)\n$/,
  ],
  [
    "answers close with Err",
    get,
    answers(`say({ ID: r.ID, ...(r.Command === "close" ? { Err: "not saved" } : { Miss: true }) })`),
    3,
    /^cacheprogw: miss\ncacheprogw: .*answered close with an error: not saved \(SERVER_ERROR\)\n$/,
  ],
  [
    "answers both put and close with Err: the first one is reported",
    put,
    answers(`say({ ID: r.ID, Err: "no " + r.Command })`),
    3,
    /^cacheprogw: .*answered put with an error: no put \(SERVER_ERROR\)\n$/,
  ],
  [
    "exits without an answer, and writes the reason to stderr",
    get,
    answers(`{ log("out of memory"); process.exit(7) }`),
    3,
    /^out of memory\ncacheprogw: .* exited with code 7 \(EXITED\)\n$/,
  ],
  [
    "answers with something other than JSON",
    get,
    answers(`raw("hi\\n")`),
    3,
    /found hi\\n; expected a JSON object \(PROTOCOL_ERROR\)\n$/,
  ],
  [
    "doesn't declare get",
    get,
    `hello(["put"]); for (const _ of requests());`,
    3,
    /does not support get; it declared: put \(UNSUPPORTED_COMMAND\)\n$/,
  ],
  // Long enough for the answers that come, on a busy machine.
  [
    "doesn't answer in time",
    [...get, "--timeout", "1.5"],
    answers(";"),
    3,
    /did not answer get \(request 1\) within 1500 ms \(TIMEOUT\)\n$/,
  ],
  [
    "doesn't exit after close",
    [...get, "--timeout", "1.5"],
    answers(`{ say({ ID: r.ID, Miss: true }); if (r.Command === "close") hang() }`),
    3,
    /did not end within 1500 ms of close\(\), and was stopped \(TIMEOUT\)\n$/,
  ],
  [
    "exits before its hello",
    ["info"],
    `log("bad option"); process.exit(1)`,
    5,
    /^bad option\ncacheprogw: .* exited with code 1\n$/,
  ],
  [
    "writes something else instead of its hello",
    ["info"],
    `raw("Usage: program\\n")`,
    5,
    /isn't a response: at byte 0, found Usage: program\\n; expected a JSON object\n$/,
  ],
  [
    "never says hello",
    ["info", "--timeout", "0.2"],
    "hang()",
    5,
    /sent no hello within 200 ms; expected .* on its stdout\n$/,
  ],
  ["declares nothing", ["info"], "hello([]); hang()", 5, /declared no supported commands; .*\n$/],
];

test.each(cases)("a program that %s", async (_what, args, script, code, said) => {
  const { stdout, ...ended } = await sandbox.run([...args, ...scripted(script)]);
  expect({ ...ended, stdout: stdout.toString() }).toEqual({
    code,
    signal: null,
    stderr: expect.stringMatching(said),
    stdout: "",
  });
});

test("in CI, a program's stderr is passed on, but a runner finds no commands in it", async () => {
  const program = scripted(
    'hello(); log("::error::x"); log("a ##[group]b"); for (const r of requests()) say({ ID: r.ID });',
  );
  const inCI = await sandbox.run(["info", ...program], { env: { GITHUB_ACTIONS: "true" } });
  expect(inCI).toMatchObject({ code: 0, stderr: "\\x3a:error::x\na #\\x23[group]b\n" });
  const dies = scripted('log("::error::y"); process.exit(1)');
  const dead = await sandbox.run(["info", ...dies], { env: { CI: "1" } });
  expect(dead.stderr).toMatch(/^\\x3a:error::y\ncacheprogw: .*\n {2}\\x3a:error::y\n$/);
});

test("a program's stderr is passed on, and stdout has only the result", async () => {
  const { code, stdout, stderr } = await sandbox.run([
    "info",
    "--json",
    ...scripted(`hello(["get"]); log("warming up"); for (const _ of requests()); log("bye")`),
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "warming up\nbye\n" });
  expect(JSON.parse(stdout.toString())).toMatchObject({ commands: ["get"] });
});

test("a program that exits by a signal we get too isn't a failure, even if its exit is seen first", async () => {
  const controller = new AbortController();
  const [, ...argv] = scripted(`hello(); for (const { ID } of requests()) say({ ID })`);
  const timeouts = { handshakeTimeout: 30_000, responseTimeout: 30_000, closeTimeout: 30_000 };
  const launch = { argv, name: "a program", isReference: false, timeouts };
  const failing = withProgram(launch, controller.signal, async (cache) => {
    // The signal arrives one turn of the event loop after the exit that it caused.
    void cache.close().finally(() => setTimeout(() => controller.abort(), 0));
    throw new Error("it ended");
  });
  await expect(failing).rejects.toThrow("it ended");
  expect(controller.signal.aborted).toBe(true);
});
