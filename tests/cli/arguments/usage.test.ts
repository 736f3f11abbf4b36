import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox, scripted, type Ways } from "../sandbox.ts";

/*
 * Invalid input: each case says what is wrong and what was expected, has the right exit code, and starts nothing. The
 * program would leave a file behind if it were started.
 */
const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());
mkdirSync(join(sandbox.cwd, "folder"));
sandbox.write("body", "hello\n");
sandbox.write("not-executable", "#!/bin/sh\n");
const program = scripted(
  `await Bun.write("started", ""); hello(); for (const r of requests()) say({ ID: r.ID })`,
);
const id = "ab".repeat(32);

interface Case extends Ways {
  readonly args: readonly string[];
  readonly code: number;
  /** All of stderr except `cacheprogw: ` and the line that names the help. */
  readonly said: string | RegExp;
}

async function expectRefusals(cases: readonly Case[]): Promise<void> {
  await Promise.all(
    cases.map(async ({ args, code, said, ...ways }) => {
      const { stdout, stderr, ...ended } = await sandbox.run(args, ways);
      const see = code === 2 ? `\nSee: cacheprogw ${args[0]} --help\n` : "\n";
      const expected =
        typeof said === "string"
          ? `cacheprogw: ${said}${see}`
          : expect.stringMatching(new RegExp(`^cacheprogw: ${said.source}${see}$`));
      expect({ args, ...ended, stderr, stdout: stdout.toString() }).toEqual({
        args,
        code,
        signal: null,
        stderr: expected,
        stdout: "",
      });
    }),
  );
  expect(readdirSync(sandbox.cwd).sort()).toEqual(["body", "folder", "not-executable"]);
}

test("an action id that is not 64 hexadecimal digits is refused", async () => {
  const cases: [id: string, said: string][] = [
    ["abc", "the action id abc has 3 hexadecimal digits; expected 64 (32 bytes)"],
    ["a", "the action id a has 1 hexadecimal digit; expected 64 (32 bytes)"],
    [`${id}00`, `the action id ${id}00 has 66 hexadecimal digits; expected 64 (32 bytes)`],
    ["hello", `the action id "hello" isn't hexadecimal; for any other text, use --key TEXT`],
    ["", `the action id "" isn't hexadecimal; for any other text, use --key TEXT`],
    [
      `${id.slice(1)}g`,
      `the action id "${id.slice(1)}g" isn't hexadecimal; for any other text, use --key TEXT`,
    ],
  ];
  for (const command of ["get", "put"]) {
    await expectRefusals(cases.map(([word, said]) => ({ args: [command, word, ...program], code: 2, said })));
  }
});

test("a missing id, an empty key and extra operands are refused", async () => {
  const needed = "no action id given; expected 64 hexadecimal digits, or --key TEXT";
  const empty = "option -k needs a value: -k TEXT; it is empty";
  const usage = "usage: cacheprogw put [options] (ID | --key TEXT) [FILE] [-- PROGRAM [ARG...]]";
  await expectRefusals([
    { args: ["get", ...program], code: 2, said: needed },
    { args: ["put", ...program], code: 2, said: needed },
    { args: ["get", "-k", "", ...program], code: 2, said: empty },
    {
      args: ["get", "-k", "a", id],
      code: 2,
      said: `unexpected argument "${id}": --key already gives the action id`,
    },
    {
      args: ["put", "-k", "a", "body", "extra", ...program],
      code: 2,
      said: 'unexpected argument "extra": --key already gives the action id',
    },
    {
      args: ["put", id, "body", "extra", ...program],
      code: 2,
      said: `unexpected argument "extra"; ${usage}`,
    },
    {
      args: ["info", "extra", ...program],
      code: 2,
      said: 'unexpected argument "extra"; usage: cacheprogw info [options] [-- PROGRAM [ARG...]]',
    },
  ]);
});

test("options with a missing, unexpected or out-of-range value are refused", async () => {
  const seconds = "expected a number of seconds above 0, such as 2.5";
  await expectRefusals([
    { args: ["get", "--key"], code: 2, said: "option --key needs a value: --key TEXT" },
    {
      args: ["get", "--key", "--json"],
      code: 2,
      said: "option --key needs a value: --key TEXT; if --json is the value, write --key=--json",
    },
    { args: ["get", "--json=1", id], code: 2, said: 'option --json takes no value; got "1"' },
    ...["0", "-1", "x", "1e999", "Infinity", "5s", " "].map((text) => ({
      args: ["info", "--timeout", text, ...program],
      code: 2,
      said: `option --timeout is ${JSON.stringify(text)}; ${seconds}`,
    })),
    {
      args: ["get", id, "--json", "-o", "-", ...program],
      code: 2,
      said: "stdout can't take both the body and the JSON; use -o FILE with --json",
    },
  ]);
});

test("a program that is missing, a directory or not executable: exit code 5", async () => {
  const folder = sandbox.cwd;
  const cases: [program: string, said: string][] = [
    ["./nothing", `there is no file ${folder}/nothing`],
    ["no-such-program-anywhere", "there is no executable no-such-program-anywhere in PATH"],
    ["./folder", `${folder}/folder is a directory; expected an executable file`],
  ];
  // root may run a file with any x bit, and this has none.
  chmodSync(join(folder, "not-executable"), 0o644);
  cases.push([
    "./not-executable",
    `${folder}/not-executable is not executable; name its interpreter first, or run chmod +x`,
  ]);
  for (const args of [["info"], ["get", id], ["put", id]]) {
    await expectRefusals(
      cases.map(([name, said]) => ({
        args: [...args, "--", name],
        code: 5,
        said: `can't start the cache program ${name}: ${said}`,
      })),
    );
  }
  await expectRefusals(
    cases.map(([name, said]) => ({
      args: ["info"],
      env: { GOCACHEPROG: `${name} --dir x` },
      code: 5,
      said: `can't start the cache program ${name} --dir x: ${said}`,
    })),
  );
});

test("GOCACHEPROG that names the very command that is run starts nothing", async () => {
  // A stand-in for cacheprogw: were it started, the command would say that it sent no hello, and exit with 5.
  const stub = join(sandbox.path, "cacheprogw");
  writeFileSync(stub, "#!/bin/sh\n", { mode: 0o755 });
  const ways = { env: { GOCACHEPROG: `env ${stub} info` } };
  const said = `the environment variable GOCACHEPROG is this command itself, env ${stub} info; expected a cache program, such as cacheprogw serve`;
  await expectRefusals([{ ...ways, args: ["info"], code: 2, said }]);
  expect(await sandbox.run(["info", "--json"], ways)).toMatchObject({ code: 5 });
});

test("a put whose program is missing doesn't wait for its body", async () => {
  await using put = sandbox.start(["put", id, "--", "./nothing"]);
  expect(await put.ended()).toMatchObject({ code: 5 });
});

test("an empty command, or one with an unclosed quote, is refused with its source", async () => {
  const unended = "the single quote at column 1 of the command isn't closed:\n  'x\n  ^";
  const variable = "the environment variable GOCACHEPROG";
  const none = "no program after --; expected: -- PROGRAM [ARG...]";
  const nothing = `${variable} names no program; set it to a program and its arguments, or unset it`;
  await expectRefusals([
    { args: ["info", "--", "'x"], code: 2, said: `the value after --: ${unended}` },
    { args: ["info"], env: { GOCACHEPROG: "'x" }, code: 2, said: `${variable}: ${unended}` },
    { args: ["info"], env: { GOCACHEPROG: "  " }, code: 2, said: nothing },
    { args: ["info"], env: { GOCACHEPROG: "'' x" }, code: 2, said: nothing },
    { args: ["info", "--"], code: 2, said: none },
    { args: ["info", "--", ""], code: 2, said: none },
    { args: ["info", "--", " "], code: 2, said: none },
  ]);
});

test("a body that is missing, a directory or has no name is refused before the program starts", async () => {
  await expectRefusals([
    {
      args: ["put", id, "nothing", ...program],
      code: 3,
      said: "can't read the body nothing: ENOENT: no such file or directory (BODY_UNREADABLE)",
    },
    {
      args: ["put", id, "folder", ...program],
      code: 3,
      said: "can't read the body folder: it is a directory; expected a file (BODY_UNREADABLE)",
    },
    {
      args: ["put", id, "body/x", ...program],
      code: 3,
      said: "can't read the body body/x: ENOTDIR: not a directory (BODY_UNREADABLE)",
    },
    {
      args: ["put", id, "", ...program],
      code: 2,
      said: "FILE is empty; expected the path of a file, or - for stdin",
    },
  ]);
});

test.skipIf(process.getuid?.() === 0)(
  "an unreadable body is refused before the program starts (not as root, who may read anything)",
  async () => {
    chmodSync(sandbox.write("body", "hello\n"), 0o200);
    await expectRefusals([
      {
        args: ["put", id, "body", ...program],
        code: 3,
        said: "can't read the body body: EACCES: permission denied (BODY_UNREADABLE)",
      },
    ]);
  },
);

test("an -o that can't be written is refused before the program starts", async () => {
  await expectRefusals([
    {
      args: ["get", id, "-o", "folder", ...program],
      code: 3,
      said: "can't write folder: it is a directory; expected a file",
    },
    {
      args: ["get", id, "-o", "no/such/file", ...program],
      code: 3,
      said: `can't write no/such/file: there is no directory no/such`,
    },
    {
      args: ["get", id, "-o", "body/x", ...program],
      code: 3,
      said: "can't write body/x: ENOTDIR: not a directory",
    },
  ]);
});

test("an unusable TMPDIR is named in the message, and the program isn't started", async () => {
  await expectRefusals([
    {
      args: ["put", id, ...program],
      stdin: "hello",
      env: { TMPDIR: "/dev/null/x" },
      code: 3,
      said: "can't create a folder in /dev/null/x: ENOTDIR: not a directory",
    },
  ]);
});
