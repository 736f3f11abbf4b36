import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json";
import { root } from "../tools/generated-docs.ts";

/** The blocks of one language in a document, in order. */
export function blocks(document: string, language: string): string[] {
  const text = readFileSync(join(root, document), "utf8");
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"));
  return [...found].map((match) => match[1] ?? "");
}

/** The exports of the package, mapped to the sources, so that nothing has to be built first. */
function sources(): Record<string, string> {
  const names = Object.keys(manifest.exports).filter((name) => !name.endsWith(".json"));
  return Object.fromEntries(names.map((name) => [name, `./src${name.slice(1)}/index.ts`]));
}

export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** A project with the package installed as by `bun add`, and with the files that the documents name. */
export class Project implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "cacheprogw-docs-"));
  readonly #store: string;
  readonly #goCache: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /**
   * @param store the directory that the blocks of sh use for a store
   * @param goCache go's own cache
   * @param env the environment, to which the project adds its own programs and caches
   */
  constructor({
    store,
    goCache,
    env = process.env,
  }: { store?: string; goCache?: string; env?: typeof process.env } = {}) {
    this.#store = store ?? join(this.folder, "store");
    this.#goCache = goCache ?? join(this.folder, "gocache");
    this.#env = env;
    const at = (path: string) => join(this.folder, path);
    mkdirSync(at("node_modules/.bin"), { recursive: true });
    mkdirSync(at("node_modules/cacheprogw"));
    symlinkSync(join(root, "src"), at("node_modules/cacheprogw/src"));
    this.write("node_modules/cacheprogw/package.json", JSON.stringify({ exports: sources() }));
    symlinkSync(join(root, "src/cli/main.ts"), at("node_modules/.bin/cacheprogw"));
    mkdirSync(at("bin"));
    for (const name of ["bun", "bunx"]) symlinkSync(process.execPath, at(`bin/${name}`));
    symlinkSync(join(root, "src/cli/main.ts"), at("bin/cacheprogw"));
    cpSync(join(root, "fixtures/module"), at("fixtures/module"), { recursive: true });
    for (const path of ["fixtures/reference-server.ts", "src"]) symlinkSync(join(root, path), at(path));
    const server = join(root, "fixtures/reference-server.ts");
    this.write("my-cacheprog", `#!/bin/sh\nexec "${process.execPath}" "${server}" "$@"\n`, 0o755);
    for (const name of ["empty", "typed"]) mkdirSync(at(name));
  }

  write(name: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.folder, name), text, { mode });
  }

  /** Runs a command. @param where the working directory, relative to the project */
  run(command: readonly string[], where = "."): Ran {
    const { GOCACHEPROG: _, ...env } = this.#env;
    const { exitCode, stdout, stderr } = Bun.spawnSync([...command], {
      cwd: join(this.folder, where),
      stdin: "ignore",
      env: {
        ...env,
        PATH: `${this.folder}/bin:${env.PATH}`,
        XDG_CACHE_HOME: join(this.folder, "cache"),
        GOCACHE: this.#goCache,
        CGO_ENABLED: "0",
      },
    });
    return { code: exitCode, output: stdout.toString(), errors: stderr.toString() };
  }

  /** Runs a block of sh, with this bun instead of the one that npx would download. */
  sh(block: string, where?: string): Ran {
    const script = block
      .replaceAll("npx -y -p bun@1.4.5", `env PATH=${this.folder}/bin:$PATH`)
      .replaceAll("npx -y bun@1.4.5", process.execPath)
      .replaceAll("/tmp/cacheprogw-readme", this.#store);
    return this.run(["sh", "-ec", script], where);
  }

  /** Runs a block of TypeScript. */
  ts(block: string): Ran {
    this.write("block.ts", block.replaceAll("/tmp/cacheprogw-readme", join(this.folder, "own")));
    return this.run([process.execPath, "block.ts"]);
  }

  /** Runs each line in a directory without the programs that it names. Returns the exit codes: 5 if the line is correct. */
  codesWithoutProgram(block: string): number[] {
    return block
      .trim()
      .split("\n")
      .map((line) => this.sh(line, "empty").code);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
