/*
 * record/: what writes a trace while go runs.
 *
 *   recorder.ts      bytes to events, without IO; usual-messages.ts: the fast way for most of them; message-lines.ts: cuts
 *                    them for the decoders, and keeps what is no message
 *   recording.ts     a trace as it's written: the recorder, the clock, the file, and what names the actions
 *   trace-file.ts    the file
 *   kept-bodies.ts   the bodies of puts, for --bodies
 *   go-process.ts    what is known of go; graph-file.ts: its action graph; at-close.ts: what is taken when go is done
 *   relay/           between go and another program
 *   own-cache.ts     over go's own cache, in this process
 */
import { writeStderr } from "../../stderr.ts";
import type { Host, TraceEvent, TraceStart } from "../events.ts";
import { Namings } from "./at-close.ts";
import { findGo } from "./go-process.ts";
import { graphPath, readGraphFile } from "./graph-file.ts";
import { KeptBodies } from "./kept-bodies.ts";
import { Recorder } from "./recorder.ts";
import { TraceFile } from "./trace-file.ts";

/** What is recorded, and where. */
export interface RecordingOptions {
  /** The trace: see {@link TraceFile}. */
  readonly path: string;
  /** The folder for the bodies of puts; without it, they aren't kept. */
  readonly bodies?: string | undefined;
  /** What records, such as "cacheprogw 0.1.0". */
  readonly recorder: string;
  /** The cache program; empty if this process is it. */
  readonly program: readonly string[];
}

/**
 * The trace of one go process, as it happens. Tell it bytes, and flush, before they are passed on: then what was passed on
 * is in the file even if this process is killed next.
 */
export class Recording {
  readonly #began = Bun.nanoseconds();
  readonly #file: TraceFile;
  readonly #bodies: KeptBodies | undefined;
  readonly #recorder: Recorder;
  readonly #namings: Namings;
  /** The rest of taking what names the actions, once go has sent close or closed stdin. */
  #work: Iterator<TraceEvent | undefined> | undefined;
  #isDone = false;

  constructor({ path, bodies, recorder, program }: RecordingOptions) {
    const now = Temporal.Now.instant();
    const go = findGo();
    this.#file = new TraceFile(path, go.pid, warn);
    const time = now.toString({ smallestUnit: "microsecond" });
    this.#add({ kind: "start", version: 1, time, recorder, pid: process.pid, program, go, host: host() });
    this.#file.flush();
    this.#bodies = bodies === undefined ? undefined : new KeptBodies(bodies, warn);
    const graph = graphPath(go);
    const began = now.epochMilliseconds;
    this.#namings = new Namings(() => (graph === undefined ? undefined : readGraphFile(graph, began)));
    this.#recorder = new Recorder((event) => this.#onEvent(event), this.#bodies);
  }

  /** Where the trace is; undefined if it couldn't be written. */
  get path(): string | undefined {
    return this.#file.path;
  }

  /** go has written this to the program's stdin. */
  fromGo(bytes: Uint8Array): void {
    this.#try(() => this.#recorder.fromGo(bytes, this.#now()));
  }

  /** The program has written this to its stdout. */
  fromProgram(bytes: Uint8Array): void {
    this.#try(() => this.#recorder.fromProgram(bytes, this.#now()));
  }

  /** go has closed the program's stdin. */
  goEnded(): void {
    this.#try(() => this.#recorder.goEnded(this.#now()));
    this.#work ??= this.#namings.take(this.#now());
  }

  /** The program has closed its stdout. */
  programEnded(): void {
    this.#try(() => this.#recorder.programEnded(this.#now()));
  }

  /** Writes what was told. */
  flush(): void {
    this.#file.flush();
  }

  /** This process got a signal. */
  signal(name: string): void {
    this.#add({ kind: "signal", at: this.#now(), name });
    this.#file.flush();
  }

  /** Whether go is done, and there is something to {@link work} at. */
  get isBusy(): boolean {
    return this.#work !== undefined && !this.#isDone;
  }

  /**
   * Takes a step in what is left to do when go is done: what names the actions is read and written. Call it when nothing is
   * to be passed on, because go waits for the end of the program's stdout.
   */
  work(): void {
    this.#work ??= this.#namings.take(this.#now());
    const work = this.#work;
    this.#isDone = true;
    this.#try(() => {
      const { done, value } = work.next();
      if (value) this.#file.add(value);
      this.#isDone = done ?? false;
    });
  }

  /** Does what is left to do. Call it when nothing comes any more but the end of the program. */
  finish(): void {
    while (!this.#isDone) this.work();
    this.#bodies?.close();
    this.#file.flush();
  }

  /** The program has ended. Nothing comes after it. */
  exited(end: { readonly code: number } | { readonly signal: string }): void {
    this.#add({ kind: "exit", at: this.#now(), ...end });
    this.#file.close();
  }

  /** A mistake in what records must not cost the build. */
  #try(record: () => void): void {
    try {
      record();
    } catch (error) {
      this.#file.fail(error);
    }
  }

  #onEvent(event: TraceEvent): void {
    this.#add(event);
    this.#namings.note(event);
    if (event.kind === "request" && event.command === "close") this.#work ??= this.#namings.take(event.at);
  }

  #add(event: TraceEvent | TraceStart): void {
    this.#file.add(event);
  }

  /** Microseconds since the start. */
  #now(): number {
    return Math.round((Bun.nanoseconds() - this.#began) / 1000);
  }
}

function warn(line: string): void {
  writeStderr(`cacheprogw: ${line}\n`);
}

function host(): Host {
  const { availableParallelism, totalmem } = process.getBuiltinModule("node:os");
  return {
    platform: process.platform,
    arch: process.arch,
    processors: availableParallelism(),
    memory: totalmem(),
  };
}
