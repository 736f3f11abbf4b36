import { CacheProgError } from "../../errors.ts";
import { oneLine } from "../../safe-text.ts";
import type { StepGraph } from "../../step/graph/graph.ts";
import { FolderWatch, inputFolders, inputState } from "../../step/input-watch.ts";
import { Memory } from "../../step/local/memory.ts";
import { reason } from "../../trouble.ts";
import { exit } from "../exit.ts";
import { unlessAborted } from "../interrupt.ts";
import { printJSON } from "../terminal/output.ts";
import { Screen } from "../terminal/screen.ts";
import { type RunSettings, runSteps } from "./run-steps.ts";
import { exitCodeOfStep, shownID, summaryWords } from "./step-words.ts";

/** Runs steps, once or whenever their inputs change. */
export class Runs {
  readonly #load: () => StepGraph;
  readonly #settings: RunSettings;
  readonly #hasSummary: boolean;
  readonly #screen = new Screen();

  /** @param load finds the steps: again before each run, because package.json may have changed */
  constructor(load: () => StepGraph, settings: RunSettings, hasSummary: boolean) {
    this.#load = load;
    this.#settings = settings;
    this.#hasSummary = hasSummary;
  }

  /** @returns the exit code */
  once(): Promise<number> {
    return this.#run(this.#load(), this.#settings);
  }

  /** Never resolves. @throws (rejects) `ABORTED` when the signal fires; what the first run throws */
  async untilInterrupted(): Promise<never> {
    const { signal } = this.#settings;
    using watch = new FolderWatch();
    let settings = this.#settings;
    let ranWith: string | undefined;
    let reported: string | undefined;
    for (;;) {
      try {
        const graph = this.#load();
        const state = await this.#stateOf(graph);
        // A command that fails or isn't stored may write where its inputs are: that alone doesn't run it again.
        if (state !== ranWith) await this.#run(graph, settings);
        ranWith = state;
        reported = undefined;
        const isNew = watch.set(await this.#foldersOf(graph));
        if (!settings.isRepeat) this.#screen.write("cacheprogw: waiting for changes; press Ctrl-C to quit\n");
        settings = { ...this.#settings, force: false, isRepeat: true };
        // Something may have changed in a folder before it was watched.
        if (isNew) continue;
      } catch (error) {
        ranWith = undefined;
        if (!settings.isRepeat || signal.aborted || !isPassing(error)) throw error;
        // Said once: the line may go to a file in a folder that is watched.
        const line = `cacheprogw: ${oneLine(reason(error))}\n`;
        if (line !== reported) this.#screen.write(line);
        reported = line;
      }
      await unlessAborted(signal, watch.changed());
    }
  }

  async #run(graph: StepGraph, settings: RunSettings): Promise<number> {
    const start = performance.now();
    const { reports, skipped, failed } = await runSteps(graph, this.#screen, settings);
    for (const id of skipped)
      this.#screen.write(
        `cacheprogw: ${shownID(id)}: skipped, because ${shownID(failed?.id ?? "")} failed\n`,
      );
    const isNews = !settings.isRepeat || reports.some(({ status }) => status !== "hit");
    if (this.#hasSummary && isNews)
      this.#screen.write(`cacheprogw: ${summaryWords(reports, skipped.length, performance.now() - start)}\n`);
    if (settings.json && isNews) await printJSON({ steps: reports, skipped });
    return failed === undefined ? exit.ok : exitCodeOfStep(failed);
  }

  async #stateOf({ steps }: StepGraph): Promise<string> {
    const { digests } = new Memory(this.#settings.root);
    const states: string[] = [];
    for (const { definition } of steps) states.push(await inputState(definition, digests));
    return states.join("\n");
  }

  async #foldersOf({ steps }: StepGraph): Promise<ReadonlySet<string>> {
    const folders = new Set<string>();
    for (const { definition } of steps)
      for (const folder of await inputFolders(definition, this.#settings.root)) folders.add(folder);
    return folders;
  }
}

/** Whether an error may be gone after the next change: a malformed package.json, a file that was being written. */
function isPassing(error: unknown): boolean {
  return error instanceof RangeError || error instanceof CacheProgError;
}
