import { afterAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../../package.json";
import { Sandbox } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

const commands = readdirSync(join(import.meta.dir, "../../../src/cli/commands")).map((file) =>
  file.replace(".ts", ""),
);

async function helpOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.toString();
}

/** No line is wider than 80 columns or ends with a space. */
function expectNeat(help: string): void {
  for (const line of help.split("\n")) {
    expect(line.length).toBeLessThanOrEqual(80);
    expect(line).toBe(line.trimEnd());
  }
}

test("--version and -V print the version of the package, and nothing else", async () => {
  for (const option of ["--version", "-V"]) expect(await helpOf(option)).toBe(`${manifest.version}\n`);
});

test("--help, -h, help and help help print the same: every command, and every exit code", async () => {
  const help = await helpOf("--help");
  expectNeat(help);
  for (const command of commands) expect(help).toMatch(new RegExp(`^  ${command} +[A-Z].*`, "m"));
  for (const code of [0, 1, 2, 3, 4, 5]) expect(help).toMatch(new RegExp(`^  ${code}  \\S`, "m"));
  for (const args of [["-h"], ["help"], ["help", "help"], ["help", "--help"]]) {
    expect(await helpOf(...args)).toBe(help);
  }
});

test.each(commands)(
  "help %s and -h print the same help, whatever else is on the command line",
  async (command) => {
    const help = await helpOf("help", command);
    expectNeat(help);
    expect(help).toStartWith(`Usage: cacheprogw ${command} `);
    expect(help).toMatch(/\n {2}-h, --help +show this help\n\nExamples:\n {2}\S/);
    // --help and -h are one option, but main.ts looks for them itself in the words of serve and run.
    if (["serve", "run", "get"].includes(command)) expect(await helpOf(command, "--help")).toBe(help);
    expect(await helpOf(command, "--nonsense", "a", "b", "c", "-h")).toBe(help);
  },
);

test("--help after -- belongs to the program", async () => {
  const { code, stderr } = await sandbox.run(["info", "--", "./nothing", "--help"]);
  expect({ code, stderr }).toEqual({
    code: 5,
    stderr: expect.stringContaining("the cache program ./nothing --help"),
  });
});

test("a mistyped command or option gets the nearest one suggested, and the help to read", async () => {
  const cases: [args: string[], said: string][] = [
    [["--hepl"], 'unknown option "--hepl". Did you mean "--help"?\nSee: cacheprogw --help'],
    [["--verison"], 'unknown option "--verison". Did you mean "--version"?\nSee: cacheprogw --help'],
    [["gte"], 'unknown command "gte". Did you mean "get"?\nSee: cacheprogw --help'],
    [["help", "srve"], 'unknown command "srve". Did you mean "serve"?\nSee: cacheprogw --help'],
    [["version"], 'unknown command "version". Did you mean "--version"?\nSee: cacheprogw --help'],
    [["GET"], 'unknown command "GET". Did you mean "get"?\nSee: cacheprogw --help'],
    [["xyzzy"], 'unknown command "xyzzy".\nSee: cacheprogw --help'],
    [["toString"], 'unknown command "toString".\nSee: cacheprogw --help'],
    [["get", "--hepl"], 'get has no option --hepl. Did you mean "--help"?\nSee: cacheprogw get --help'],
    [
      ["get", "--ouptut=x"],
      'get has no option --ouptut. Did you mean "--output"?\nSee: cacheprogw get --help',
    ],
    [["put", "--time"], 'put has no option --time. Did you mean "--timeout"?\nSee: cacheprogw put --help'],
    [["serve", "-x"], "serve has no option -x.\nSee: cacheprogw serve --help"],
  ];
  for (const [args, said] of cases) {
    const { code, stdout, stderr } = await sandbox.run(args);
    expect({ code, stderr, stdout: stdout.length }).toEqual({
      code: 2,
      stderr: `cacheprogw: ${said}\n`,
      stdout: 0,
    });
  }
});

test("a missing command, a program instead of a command, and an extra word after help are refused with what was expected", async () => {
  const cases: [args: string[], said: string][] = [
    [[], `no command given; expected one of: `],
    [["./my-cacheprog"], "put a program after --, as in: cacheprogw info -- ./my-cacheprog\n"],
    [["help", "get", "put"], 'help takes one command; unexpected argument "put"\n'],
  ];
  for (const [args, said] of cases) {
    const { code, stdout, stderr } = await sandbox.run(args);
    expect({ code, stdout: stdout.length }).toEqual({ code: 2, stdout: 0 });
    expect(stderr).toContain(said);
  }
});
