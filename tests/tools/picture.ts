import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runTool } from "./command-line.ts";
import { terminalSVG } from "./terminal-svg.ts";

const usage = `usage: bun tests/tools/picture.ts

Generates the picture of the README: a real check of a program with one fault, on a terminal, as SVG.
`;

const root = resolve(import.meta.dir, "../..");
const main = join(root, "src/cli/main.ts");
const command = "cacheprogw check put -- ./my-cacheprog --dir {dir}";
/** A fault that go doesn't report: builds only get slower. */
const fault = "keeps-longer";

/** The terminal output of the command in a project whose program has the fault. */
async function onTerminal(folder: string): Promise<string> {
  const program = join(folder, "my-cacheprog");
  await Bun.write(program, `#!/bin/sh\nexec "${process.execPath}" "${main}" serve --fault ${fault} "$@"\n`);
  chmodSync(program, 0o755);
  // Runs cacheprogw as installed, so that the picture shows the commands that users type.
  mkdirSync(join(folder, "bin"));
  symlinkSync(main, join(folder, "bin/cacheprogw"));
  const { NO_COLOR: _, ...env } = process.env;
  const decoder = new TextDecoder();
  const ended = Promise.withResolvers<void>();
  let seen = "";
  const child = Bun.spawn([process.execPath, main, ...command.split(" ").slice(1)], {
    cwd: folder,
    env: { ...env, PATH: `${folder}/bin:${env.PATH}`, TERM: "xterm-256color" },
    terminal: {
      cols: 100,
      rows: 40,
      data: (_, bytes) => {
        seen += decoder.decode(bytes, { stream: true });
      },
      exit: () => ended.resolve(),
    },
  });
  await Promise.all([child.exited, ended.promise]);
  child.terminal?.close();
  if (child.exitCode !== 1) throw new Error(`the check exited with ${child.exitCode}:\n${seen}`);
  return seen;
}

await runTool({ name: "picture", usage }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "cacheprogw-picture-"));
  try {
    const title = `${command}: nine checks pass; one fails, with what was expected, the messages, and what go would do`;
    const svg = terminalSVG(`\x1b[2m$\x1b[22m ${command}\n\n${await onTerminal(folder)}`, title);
    await Bun.write(join(root, ".github/check.svg"), svg);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
});
