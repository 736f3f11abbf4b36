import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { Sandbox } from "../../cli/sandbox.ts";

const faulty = resolve(import.meta.dir, "../../../fixtures/faulty-server.ts");

interface Shown {
  /** The text on the terminal at the end. */
  readonly lines: readonly string[];
  /** Every line that was erased. */
  readonly passing: readonly string[];
  readonly raw: string;
  readonly code: number | null;
}

/** Runs a check on a terminal, and returns what is visible there. */
async function look(
  columns: number,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Shown> {
  using sandbox = new Sandbox();
  const hungUp = Promise.withResolvers<void>();
  const decoder = new TextDecoder();
  let raw = "";
  const child = Bun.spawn([...sandbox.command, "check", ...args], {
    cwd: sandbox.cwd,
    env: { ...sandbox.env, TERM: "xterm-256color", ...env },
    terminal: {
      cols: columns,
      rows: 40,
      data: (_, bytes) => {
        raw += decoder.decode(bytes, { stream: true });
      },
      exit: () => hungUp.resolve(),
    },
  });
  await Promise.all([child.exited, hungUp.promise]);
  child.terminal?.close();
  const passing: string[] = [];
  const lines = Bun.stripANSI(raw.replaceAll("\x1b[K", "\x00"))
    .split("\r\n")
    .map((line) => {
      const states = line.split("\r\x00");
      passing.push(...states.slice(0, -1).filter((state) => state !== ""));
      return states.at(-1) ?? "";
    });
  return { lines, passing, raw, code: child.exitCode };
}

const program = ["--", process.execPath, faulty, "--fault", "hello-twice", "--dir", "{dir}"];

test("on a terminal, columns are aligned, lines fit, and the progress line is erased in the end", async () => {
  const args = ["handshake", "--check-timeout", "30", ...program];
  const [narrow, wide] = await Promise.all([look(80, args), look(120, args)]);
  for (const [width, { lines, passing, raw, code }] of [
    [80, narrow],
    [120, wide],
  ] as const) {
    // A word that is wider than the terminal, such as the path of bun, isn't broken, not even after a label.
    const isOneWord = /^\s*([A-Z]\w+ {2})?\S+( \\)?$/;
    const wider = lines.filter((line) => Bun.stringWidth(line) > width && !isOneWord.test(line));
    expect(wider).toEqual([]);
    expect(passing.filter((line) => Bun.stringWidth(line) >= width)).toEqual([]);
    expect(passing.join("\n")).toMatch(/^ {2}\d\/6 {2}[\d.]+ m?s {2}handshake\//m);
    expect(lines.join("\n")).not.toMatch(/\d\/6 /);
    const times = lines.filter((line) => /^ {4}[✓✗i] /.test(line)).map((line) => line.search(/ m?s\b/));
    expect(times).toHaveLength(6);
    expect(new Set(times).size).toBe(1);
    expect(raw).toContain("\x1b[31m✗\x1b[39m handshake/once");
    expect(code).toBe(1);
  }
  expect(narrow.lines.join("\n")).not.toBe(wide.lines.join("\n"));
});

test("NO_COLOR and TERM=dumb are respected", async () => {
  const args = ["handshake/hello"];
  const [plain, dumb] = await Promise.all([
    look(80, args, { NO_COLOR: "1" }),
    look(80, args, { TERM: "dumb" }),
  ]);
  expect(plain.raw).toContain("    ✓ handshake/hello ");
  expect(plain.raw).toContain("\r\x1b[K");
  expect(dumb.raw).toContain("    ✓ handshake/hello ");
  expect(dumb.raw).not.toContain("\x1b");
});
