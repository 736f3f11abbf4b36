import { afterAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox as Place } from "../../src/conformance/sandbox/sandbox.ts";
import { Sandbox, scripted } from "../cli/sandbox.ts";

/*
 * Programs that a launcher such as npx or go run starts, and programs that need settings.
 */
const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());
const home = join(sandbox.path, "my home");
mkdirSync(home);
writeFileSync(join(home, "token"), "");

const server = scripted("hello(); for (const { ID } of requests()) say({ ID, Miss: true })");

/** A launcher that doesn't start its server if a test of sh fails. */
function launcher(needs: string): string[] {
  return [
    "--",
    "sh",
    "-c",
    `[ ${needs} ] || { echo "no settings" >&2; exit 4; }; exec "$@"`,
    "sh",
    ...server.slice(1),
  ];
}

async function check(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stderr } = await sandbox.run(["check", ...args], { env: { HOME: home, ...env } });
  return { code, text: stderr.replace(/\s+/g, " ") };
}

test("if a program starts only with the user's HOME, the message says so and what to do", async () => {
  const { code, text } = await check(["handshake/hello", ...launcher('-f "$HOME/token"')]);
  expect(text).toContain(
    "it starts with your HOME, but not with an empty one. Run the program itself instead of its launcher, or pass yours with --pass-env HOME; in the sandbox, it sent no hello: it exited with code 4",
  );
  expect(text).toContain("Stderr no settings");
  expect(code).toBe(5);
});

test("if it needs more of the user's directories, the message lists them", async () => {
  const env = { XDG_CONFIG_HOME: home };
  const { code, text } = await check(["handshake/hello", ...launcher('-f "$XDG_CONFIG_HOME/token"')], env);
  expect(text).toContain("it starts with your HOME, TMPDIR, XDG_CACHE_HOME, XDG_CONFIG_HOME,");
  expect(text).toContain("--pass-env XDG_CONFIG_HOME");
  expect(code).toBe(5);
});

test("if it doesn't start at all, the message says only that", async () => {
  const { code, text } = await check(["handshake/hello", ...launcher("-f /nowhere")]);
  expect(text).toContain("failed the handshake: it sent no hello: it exited with code 4");
  expect(code).toBe(5);
});

test("--pass-env passes a variable to the program, also in the rerun command", async () => {
  const broken = launcher('-f "$HOME/token"');
  const { code } = await check(["handshake/hello", "--pass-env", "HOME", ...broken]);
  expect(code).toBe(0);
  const args = ["handshake/commands", "--pass-env=HOME", "--pass-env", "TERM", "--strict"];
  const { text } = await check([
    ...args,
    "--",
    "sh",
    "-c",
    'test -f "$HOME/token" && exec "$@"',
    "sh",
    ...scripted('hello(["get"]); hang()').slice(1),
  ]);
  expect(text.replaceAll("\\ ", "")).toContain("handshake/commands --pass-env HOME --pass-env TERM -- sh");
});

test("--pass-env takes the name of a variable", async () => {
  const { code, text } = await check(["--pass-env", "HOME=/x", ...server]);
  expect(text).toContain(
    'option --pass-env is "HOME=/x"; expected the name of an environment variable, such as HOME',
  );
  expect(code).toBe(2);
});

test("every directory that a program may write to is in the sandbox", async () => {
  const before = { ...process.env };
  process.env.CACHEPROGW_TEST = "mine";
  await using place = await Place.create();
  await using passing = await Place.create({ passEnv: ["HOME", "CACHEPROGW_ABSENT"] });
  const names = [
    "HOME",
    "TMPDIR",
    "GOCACHE",
    ...["CACHE", "CONFIG", "DATA", "STATE"].map((name) => `XDG_${name}_HOME`),
  ];
  for (const name of [...names, "XDG_RUNTIME_DIR"]) expect(place.env[name]).toStartWith(`${place.root}/`);
  expect(place.env.CACHEPROGW_TEST).toBe("mine");
  expect(passing.env.HOME).toBe(before.HOME ?? "");
  delete process.env.CACHEPROGW_TEST;
});

test("variables come before a program as in a shell, with {dir} in them", async () => {
  const needs = ["sh", "-c", 'test -d "$CACHE" && exec "$@"', "sh", ...server.slice(1)];
  expect(await check(["handshake/hello", "--", "CACHE={dir}", "OTHER=1", ...needs])).toMatchObject({
    code: 0,
  });
});

test("a variable before a program in a GOCACHEPROG value is explained: go would take it for the program", async () => {
  const said =
    "is a GOCACHEPROG value, in which go takes CACHE=/x for the program; expected: env CACHE=/x PROGRAM";
  const [value, variable, none, absent] = await Promise.all([
    check(["handshake/hello", "--", "CACHE=/x ./prog"]),
    check(["handshake/hello"], { GOCACHEPROG: "CACHE=/x ./prog" }),
    check(["handshake/hello", "--", "CACHE=/x"]),
    check(["handshake/hello", "--", "CACHE=/x", "./absent"]),
  ]);
  expect(value).toMatchObject({
    code: 2,
    text: expect.stringContaining(`the value after -- ${said}`),
  });
  expect(variable).toMatchObject({ code: 2, text: expect.stringContaining(said) });
  expect(none).toMatchObject({ code: 2, text: expect.stringContaining("no program after --") });
  expect(absent).toMatchObject({ code: 5, text: expect.stringContaining("there is no file") });
});
