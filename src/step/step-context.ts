import type { CacheProgError } from "../errors.ts";
import type { DigestCache } from "../files/digest-cache.ts";
import type { StepDefinition } from "./definition.ts";
import type { Memory } from "./local/memory.ts";
import type { Stream } from "./process/run-command.ts";
import type { ResultCache } from "./result/results.ts";

/** A step that is about to run. */
export interface StepRun {
  readonly definition: StepDefinition;
  /** The directory relative to the root, a colon and the name. */
  readonly id: string;
  /** The directory of the step relative to the project's root, with `/`; "" is the root. */
  readonly directory: string;
  /** The project's root, absolute. */
  readonly root: string;
  /** What the steps it depends on left: {@link StepReport.outputs} by id. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Run the command in a copy that has only the declared inputs and the outputs of these steps, its dependencies. */
  readonly isolate?: readonly StepDefinition[] | undefined;
}

/** What a step needs from its caller. */
export interface StepContext {
  readonly memory: Memory;
  /** The digests of the project's files. */
  readonly digests: DigestCache;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables for the command that make it print colours. They aren't part of the key. */
  readonly colours?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
  /** Run even if a result is stored, and store the new one if none is. */
  readonly force: boolean;
  /** Say what would happen, and do nothing. */
  readonly dryRun: boolean;
  /** A cache that fails is an error, not a miss. */
  readonly requireCache: boolean;
  /** The cache, which is opened when it's first needed. It rejects with a CacheProgError if there is none. */
  readonly cache: () => Promise<ResultCache>;
  /** Gets what the command prints, now or when it ran. */
  readonly onOutput: (stream: Stream, bytes: Uint8Array) => void;
  /** Is called before the command starts, with all reasons why there is no result. */
  readonly onMiss: (why: readonly string[]) => void;
  /** Is called when the cache fails, and the step goes on without it. */
  readonly onCacheFailure: (error: CacheProgError) => void;
  /** Gets a line about a stored result that can't be used. */
  readonly warn: (line: string) => void;
}
