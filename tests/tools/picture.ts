import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runTool } from "./command-line.ts";
import { terminalSVG } from "./terminal-svg.ts";

const usage = `usage: bun tests/tools/picture.ts

Generates the picture of the README: a real check of a program with one fault, on a terminal, as SVG.
Ids and temporary names are replaced by fixed ones, and a picture that differs only in its times is kept.
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
    env: { ...env, PATH: `${folder}/bin:${env.PATH}`, TERM: "xterm-256color", TMPDIR: "/tmp" },
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

/** The output of the check with what differs in every run replaced, in the same width. */
function steady(output: string): string {
  const action = new Bun.CryptoHasher("sha256").update("an action").digest();
  return output
    .replace(/(?<=cacheprogw-check-)\w+/g, "a1B2c3")
    .replace(/(?<="ActionID":")[^"]+/g, (id) => inPlaceOf(id, action.toBase64()))
    .replace(/(?<=\/dir\/)[^-]+/g, (id) => inPlaceOf(id, action.toHex()));
}

/** A picture without its times, and without the places of its texts, which the times move. */
function timeless(svg: string): string {
  return svg.replace(/ (x|textLength)="\d+"/g, "").replace(/ *[\d.]+ m?s\b/g, "");
}

/** An id, wrapped in the same places as another. */
function inPlaceOf(wrapped: string, id: string): string {
  let at = 0;
  return wrapped.replace(/\S/g, () => id[at++] ?? "");
}

await runTool({ name: "picture", usage }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "cacheprogw-picture-"));
  try {
    const title = `${command}: nine checks pass; one fails, with what was expected, the messages, and what go would do`;
    const svg = terminalSVG(`\x1b[2m$\x1b[22m ${command}\n\n${steady(await onTerminal(folder))}`, title);
    const file = Bun.file(join(root, ".github/check.svg"));
    if (timeless(await file.text()) !== timeless(svg)) await file.write(svg);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
});
