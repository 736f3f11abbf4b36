import type { Output } from "../server/answers.ts";
import type { Handlers } from "../server/handlers.ts";
import { type ServeIO, serve } from "../server/serve.ts";
import { standardOutput } from "../server/stdio.ts";
import type { DiskStore } from "../server/store/disk-store.ts";
import type { GoOutcome } from "./check.ts";

/** A cache program that misbehaves in one way. */
export interface Fault {
  /** In words joined by hyphens, such as `answers-twice`. */
  readonly name: string;
  /** What the program does, in one sentence. */
  readonly description: string;
  /** The dialect that it shows in, where that is not go1.24. */
  readonly as?: string;
  /** The command has `{shared}` in it: the directory that SHARED_STORE names, and that all machines share. */
  readonly shared?: true;
  /** The checks that it fails: all of them, and no other. */
  readonly fails: readonly string[];
  /** Checks that it may fail as well: those that do as much as the machine has time for. */
  readonly mayFail?: readonly string[];
  /** What go build does with such a program. */
  readonly go: GoOutcome;
  /** Is that program, on stdin and stdout, with a sound store to begin with. */
  run(store: DiskStore): Promise<void>;
}

/** Serves a store with some handlers in the place of its own; undefined takes one away. */
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

/**
 * Serves a store soundly, but for what is written: `change` gets each answer, the hello first, and returns what goes
 * out in its place.
 */
export function serveThrough(
  store: DiskStore,
  change: (answer: string, index: number) => string,
): Promise<void> {
  return serveWith(store, {}, { output: changedOutput(change) });
}

/** stdout, with each answer changed on its way. */
export function changedOutput(change: (answer: string, index: number) => string): Output {
  const output = standardOutput();
  let index = 0;
  return {
    write(bytes) {
      // Answers of one turn come in one write, each on its line.
      const answers = new TextDecoder().decode(bytes).split(/(?<=\n)/);
      return output.write(
        new TextEncoder().encode(answers.map((answer) => change(answer, index++)).join("")),
      );
    },
  };
}
