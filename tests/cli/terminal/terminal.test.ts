import { expect, test } from "bun:test";
import { OnTerminal } from "../on-terminal.ts";
import { Sandbox, scripted } from "../sandbox.ts";

const notice =
  "cacheprogw: no program after -- and none in GOCACHEPROG: using the built-in program (cacheprogw serve)\r\n";

test("text is shown as it is; a miss and a put look the same as without a terminal", async () => {
  using sandbox = new Sandbox();
  sandbox.write("body", "héllo\n");
  const cases: [args: string[], code: number, seen: string][] = [
    [["put", "-k", "a", "body"], 0, `${new Bun.CryptoHasher("sha256").update("héllo\n").digest("hex")}\r\n`],
    [["get", "-k", "a"], 0, "héllo\r\n"],
    [["get", "-k", "b"], 1, "cacheprogw: miss\r\n"],
  ];
  for (const [args, code, seen] of cases) {
    await using terminal = new OnTerminal(sandbox, args);
    expect(await terminal.ended()).toBe(code);
    expect(terminal.seen).toBe(notice + seen);
  }
});

test("a body that would garble the terminal isn't shown, except with -o -", async () => {
  using sandbox = new Sandbox();
  for (const body of ["\0", "\x1bc", Uint8Array.of(0x61, 0xff, 0x61)]) {
    await sandbox.run(["put", "-k", "a"], { stdin: body });
    await using refused = new OnTerminal(sandbox, ["get", "-k", "a"]);
    expect(await refused.ended()).toBe(3);
    expect(refused.seen).toBe(
      `${notice}cacheprogw: the body isn't text, so it isn't shown on a terminal; write it to a file with -o FILE, or use -o -\r\n`,
    );
  }
  await sandbox.run(["put", "-k", "a"], { stdin: "\x1bc\0" });
  await using forced = new OnTerminal(sandbox, ["get", "-k", "a", "-o", "-"]);
  expect(await forced.ended()).toBe(0);
  expect(forced.seen).toStartWith(`${notice}\x1bc\0`);
});

test("nothing a program declares or answers can move the cursor", async () => {
  using sandbox = new Sandbox();
  const declared = scripted(`hello(["get", "\\x1b[2Jevil"]); for (const _ of requests());`);
  await using info = new OnTerminal(sandbox, ["info", ...declared]);
  expect(await info.ended()).toBe(0);
  expect(info.seen).toContain("\r\ncommands   get \\x1b[2Jevil\r\n");
  const answered = scripted(
    `hello(); for (const r of requests()) say({ ID: r.ID, Err: "\\x1b[2J\\rno\\x9b" })`,
  );
  await using get = new OnTerminal(sandbox, ["get", "-k", "a", ...answered]);
  expect(await get.ended()).toBe(3);
  expect(get.seen).toContain("answered get with an error: \\x1b[2J\\x0dno\\x9b (SERVER_ERROR)\r\n");
});

test("put says that it reads from the terminal, until Ctrl-D", async () => {
  using sandbox = new Sandbox();
  await using put = new OnTerminal(sandbox, ["put", "-k", "a"]);
  await put.saw("cacheprogw: reading the body from the terminal; press Ctrl-D to end it\r\n");
  put.type("hello\n\x04");
  expect(await put.ended()).toBe(0);
  expect((await sandbox.run(["get", "-k", "a"])).stdout.toString()).toBe("hello\n");
});

test("Ctrl-C ends a put that reads from the terminal", async () => {
  using sandbox = new Sandbox();
  await using put = new OnTerminal(sandbox, ["put", "-k", "a", ...scripted(`log("started")`)]);
  await put.saw("press Ctrl-D to end it\r\n");
  put.type("half a li\x03");
  expect(await put.ended()).toBe(130);
  expect(put.seen).not.toContain("started");
});

test("Ctrl-C ends the wait for a hello and for an answer, and the program with it", async () => {
  using sandbox = new Sandbox();
  const programs = [
    `log("waiting"); hang()`,
    `hello(); for (const r of requests()) if (r.Command === "get") log("waiting")`,
    `process.on("SIGINT", () => {}); hello(); for (const r of requests()) if (r.Command === "get") log("waiting")`,
  ];
  for (const program of programs) {
    await using get = new OnTerminal(sandbox, ["get", "-k", "a", ...scripted(program)]);
    await get.saw("waiting\r\n");
    get.type("\x03");
    expect(await get.ended()).toBe(130);
    expect(get.seen).toBe("waiting\r\n^C");
  }
});

test("serve on a terminal says what it is, and ends on Ctrl-D and Ctrl-C", async () => {
  using sandbox = new Sandbox();
  for (const [key, code, signal] of [
    ["\x04", 0, null],
    ["\x03", null, "SIGINT"],
  ] as const) {
    await using serve = new OnTerminal(sandbox, ["serve"]);
    await serve.saw("KnownCommands");
    serve.type(key);
    expect(await serve.ended()).toBe(code);
    expect(serve.child.signalCode).toBe(signal);
    expect(serve.seen).toStartWith("cacheprogw: this is a cache program, waiting for requests on stdin; ");
    expect(serve.seen).toContain("Press Ctrl-C or Ctrl-D to quit\r\n");
  }
});
