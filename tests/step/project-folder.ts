import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DigestCache } from "../../src/files/digest-cache.ts";
import { type StepDefinition, type StepOptions, stepDefinition } from "../../src/step/definition.ts";
import { Memory } from "../../src/step/local/memory.ts";
import { runStep, type StepReport } from "../../src/step/run-step.ts";
import type { StepContext } from "../../src/step/step-context.ts";
import { TempDirectory } from "../server/temp-directory.ts";
import { FileCache } from "./file-cache.ts";

/** What a test sees of one run. */
export interface SeenRun extends StepReport {
  /** What was printed: "1:text" and "2:text". */
  readonly printed: string;
  readonly warnings: readonly string[];
  readonly cacheFailures: readonly string[];
}

/** A project in a temporary folder, with a cache and a memory of its own beside it. */
export class ProjectFolder implements Disposable {
  readonly #directory = new TempDirectory();
  readonly path = join(this.#directory.path, "project");
  readonly cache: FileCache;

  /** @param cache that of another checkout, to share it */
  constructor(cache?: FileCache) {
    mkdirSync(this.path);
    mkdirSync(join(this.#directory.path, "cache"));
    this.cache = cache ?? new FileCache(join(this.#directory.path, "cache"));
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.path, path), "utf8");
  }

  remove(path: string): void {
    rmSync(join(this.path, path), { recursive: true });
  }

  /** Forgets the last runs, as another machine would. */
  forget(): void {
    rmSync(join(this.#directory.path, "memory"), { recursive: true, force: true });
  }

  /** The files in which the last runs are remembered. */
  remembered(): readonly string[] {
    const folders = join(this.#directory.path, "memory");
    return [...new Bun.Glob("*/*.last").scanSync({ cwd: folders, absolute: true })];
  }

  /**
   * Runs a step as another process would.
   * @param isolate the steps it depends on, to run it in a copy of the project
   */
  async run(
    options: Partial<StepOptions>,
    change: Partial<StepContext> = {},
    isolate?: readonly StepDefinition[],
  ): Promise<SeenRun> {
    const raw = { name: "build", inputs: ["src"], outputs: ["dist"], ...options };
    const definition = stepDefinition(raw, { directory: this.path });
    const memory = new Memory(this.path, join(this.#directory.path, "memory"));
    let printed = "";
    const warnings: string[] = [];
    const cacheFailures: string[] = [];
    const report = await runStep(
      { definition, id: `:${definition.name}`, directory: "", root: this.path, dependencies: {}, isolate },
      {
        memory,
        digests: new DigestCache(join(this.#directory.path, "digests")),
        env: process.env,
        signal: new AbortController().signal,
        force: false,
        dryRun: false,
        requireCache: false,
        cache: async () => this.cache,
        onOutput: (stream, bytes) => {
          printed += `${stream}:${Buffer.from(bytes)}`;
        },
        onMiss: () => {},
        onCacheFailure: ({ message }) => cacheFailures.push(message),
        warn: (line) => warnings.push(line),
        ...change,
      },
    );
    return { ...report, printed, warnings, cacheFailures };
  }
}
