import type { Output } from "../server/answers.ts";
import type { Handlers } from "../server/handlers.ts";
import { type ServeIO, serve } from "../server/serve.ts";
import { standardOutput } from "../server/stdio.ts";
import type { DiskStore } from "../server/store/disk-store.ts";
import type { GoOutcome } from "./requirement.ts";

/** A cache program that misbehaves in one named way. */
export interface Fault {
  /** Words joined by hyphens, such as `answers-twice`. */
  readonly name: string;
  /** What the program does wrong, in one sentence. */
  readonly description: string;
  /** The dialect in which the fault shows. Default: go1.24. */
  readonly as?: string;
  /** The command contains `{shared}`: the directory in SHARED_STORE, which all machines share. */
  readonly shared?: true;
  /** Exactly the checks that it fails. */
  readonly fails: readonly string[];
  /** Other checks that it may fail: those that do as much work as the machine has time for. */
  readonly mayFail?: readonly string[];
  /** What go build does with such a program. */
  readonly go: GoOutcome;
  /**
   * Runs the program on stdin and stdout, with a store that works correctly.
   *
   * @param window for a race, how long it can be lost each time, in ms; has a default
   */
  run(store: DiskStore, window?: number): Promise<void>;
}

/** Serves a store with some of its handlers replaced; undefined removes a handler. */
export function serveWith(
  store: DiskStore,
  changed: Partial<Record<keyof Handlers, unknown>> & Handlers,
  io?: ServeIO,
): Promise<void> {
  const handlers: Handlers = {
    get: (request) => store.get(request),
    put: (request) => store.put(request),
    close: () => store.close(),
    ...changed,
  };
  return serve(handlers, io);
}

/** Serves a store correctly, but changes what is written: `change` maps each response, the hello first, to its bytes. */
export function serveThrough(
  store: DiskStore,
  change: (answer: string, index: number) => string,
): Promise<void> {
  return serveWith(store, {}, { output: changedOutput(change) });
}

/** A stdout that writes each response `ms` late, except those that match `prompt`. */
export function lateOutput(ms: number, prompt?: RegExp): Output {
  const output = standardOutput();
  let last: Promise<unknown> = Promise.resolve();
  const later = async (answer: string) => {
    const before = last;
    await Bun.sleep(ms);
    await before;
    await output.write(new TextEncoder().encode(answer));
  };
  return {
    write(bytes) {
      for (const answer of new TextDecoder().decode(bytes).split(/(?<=\n)/)) {
        if (prompt?.test(answer)) return output.write(new TextEncoder().encode(answer));
        last = later(answer).catch(() => {}); // the reader is gone; so is stdin soon
      }
    },
  };
}

/** A stdout that changes each response. */
export function changedOutput(change: (answer: string, index: number) => string): Output {
  const output = standardOutput();
  let index = 0;
  return {
    write(bytes) {
      // Responses of one turn of the event loop come in one write, each on its own line.
      const answers = new TextDecoder().decode(bytes).split(/(?<=\n)/);
      return output.write(
        new TextEncoder().encode(answers.map((answer) => change(answer, index++)).join("")),
      );
    },
  };
}
