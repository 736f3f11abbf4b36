import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Browser, browserPath } from "../page/browser.ts";
import { runTool } from "./command-line.ts";

const usage = `usage: bun tests/tools/page-picture.ts

Generates the README's picture of a page of cacheprogw trace: a Go module is built, changed, and built again. Needs Go and
Chromium; the first build compiles the standard library, which takes a minute.
`;

const root = resolve(import.meta.dir, "../..");

/** Runs a command in the module. @throws {Error} if it fails */
function run(folder: string, ...command: string[]): void {
  const { GOCACHEPROG: _, GOFLAGS: __, ...env } = process.env;
  const { exitCode, stderr } = Bun.spawnSync(command, {
    cwd: join(folder, "module"),
    env: { ...env, GOCACHE: join(folder, "gocache"), TMPDIR: folder },
  });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} exited with ${exitCode}:\n${stderr}`);
}

/** The page of a build after a change. */
async function page(folder: string): Promise<string> {
  cpSync(join(root, "fixtures/module"), join(folder, "module"), { recursive: true });
  const build = ["go", "build", "./..."];
  run(folder, ...build);
  appendFileSync(join(folder, "module/words/words.go"), "\nconst changed = true\n");
  const main = join(root, "src/cli/main.ts");
  run(folder, process.execPath, main, "trace", "-o", join(folder, "build.html"), "--", ...build);
  const text = await Bun.file(join(folder, "build.html")).text();
  return text.replaceAll(folder, "/home/me");
}

await runTool({ name: "page-picture", usage }, async () => {
  if (browserPath === undefined || Bun.which("go") === null) throw new Error("it needs Go and Chromium");
  const folder = mkdtempSync(join(tmpdir(), "cacheprogw-page-picture-"));
  try {
    await using browser = new Browser();
    const view = await browser.open(await page(folder), 1280, 830);
    await view.cdp("Emulation.setScrollbarsHidden", { hidden: true });
    const picture = await view.screenshot({ format: "webp", quality: 40 });
    await Bun.write(join(root, ".github/report.webp"), picture);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
});
