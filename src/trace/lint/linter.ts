import type { Report, Result } from "../../conformance/report.ts";
import type { Requirement } from "../../conformance/requirement.ts";
import { plural } from "../../quantities.ts";
import type { TraceEvent, TraceStart } from "../events.ts";
import { readTrace } from "../read.ts";
import { Conversation } from "./conversation.ts";
import { dispatch, eventKinds, looksAt } from "./dispatch.ts";
import { NamedFiles } from "./files.ts";
import { Judge, type Rule, type Scene } from "./rule.ts";
import { requirements, rules } from "./rules.ts";
import { lineOf, placeOf } from "./wire-lines.ts";

/** What is linted. */
export interface LintOptions {
  /** The requirements to look at. Default: {@link requirements} */
  readonly only?: readonly Requirement[];
  /** Also look at the files that responses name, as far as they still exist. */
  readonly files?: boolean;
  /** A violated `should` fails the report too. */
  readonly strict?: boolean;
  /** The command that looks at one requirement again, quoted for a shell. */
  readonly rerun?: (requirement: Requirement) => string;
}

/** One rule and what it has found. */
interface Judged {
  readonly rule: Rule;
  readonly requirement: Requirement;
  readonly judge: Judge;
}

/**
 * Looks for violations of the protocol in the traffic of a go command, event by event, in bounded memory.
 *
 * src/trace/lint: conversation.ts follows what has happened, rules/ has what may be wrong, each with the id of a check,
 * and rules.ts lists them. The report is one of the suite, so it can be written in all of its formats.
 */
export class Linter {
  readonly #options: LintOptions;
  readonly #judged: readonly Judged[];
  /** Those that look at an event, by its kind. */
  readonly #byKind: ReadonlyMap<TraceEvent["kind"], readonly Judged[]>;
  readonly #scene: Scene = { wire: () => [] };
  readonly #names: string[] = [];
  readonly #began = performance.now();
  #files = new NamedFiles();
  #conversation: Conversation | undefined;
  #first: TraceStart | undefined;

  /** @param options what to look for; by default, everything that a trace can show */
  constructor(options: LintOptions = {}) {
    const { only = requirements } = options;
    this.#options = options;
    this.#judged = only.flatMap((requirement) => {
      const rule = rules.find(({ id }) => id === requirement.id);
      return rule === undefined ? [] : [{ rule, requirement, judge: new Judge(this.#scene) }];
    });
    this.#byKind = new Map(
      eventKinds.map((kind) => [kind, this.#judged.filter(({ rule }) => looksAt(rule, kind))]),
    );
  }

  /**
   * Takes the next event of a trace. After the last one, call {@link end}.
   *
   * @param name the trace, for findings
   */
  push(event: TraceEvent, name: string): void {
    if (event.kind === "start") {
      this.#names.push(name);
      this.#first ??= event;
      this.#conversation ??= new Conversation(event, name);
      return;
    }
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    this.#see(event, conversation);
    conversation.take(event);
  }

  /** The trace is over; the next one may begin. Looks at the files, if that was asked for. */
  async end(): Promise<void> {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    this.#scene.wire = () => [placeOf(conversation, conversation.last)];
    for (const { rule, judge } of this.#judged) rule.over?.(judge, conversation);
    if (this.#options.files) await this.#look(conversation);
    this.#conversation = undefined;
    this.#files = new NamedFiles();
  }

  /** The report on all traces. */
  report(): Report {
    const { strict = false } = this.#options;
    const { program = [], go } = this.#first ?? {};
    return {
      title: "cacheprogw lint",
      command: program,
      name: this.#names.join(", "),
      // From an environment variable, so it may be anything.
      dialect: /^go[\w.-]*$/.test(go?.version ?? "") ? String(go?.version) : "go",
      strict,
      results: this.#judged.map((judged) => this.#result(judged)),
      stale: [],
      duration: performance.now() - this.#began,
    };
  }

  #see(event: Exclude<TraceEvent, TraceStart>, conversation: Conversation): void {
    const request = "id" in event ? conversation.open.get(event.id) : undefined;
    this.#scene.wire = () => [
      placeOf(conversation, event.at),
      ...(event.kind !== "request" && request !== undefined ? [lineOf(request.event)] : []),
      lineOf(event),
    ];
    for (const { rule, judge } of this.#byKind.get(event.kind) ?? [])
      dispatch(rule, judge, event, conversation, request);
    if (this.#options.files && event.kind === "response" && request !== undefined)
      this.#files.note({ response: event, request });
  }

  async #look({ start, last }: Conversation): Promise<void> {
    const end = Temporal.Instant.from(start.time).epochMilliseconds + last / 1_000;
    for await (const file of this.#files.look(end)) {
      this.#scene.wire = () => [`· ${file.path}`];
      for (const { rule, judge } of this.#judged) rule.file?.(file, judge);
    }
  }

  #result({ rule, requirement, judge }: Judged): Result {
    const { first, violations, looked } = judge;
    const rerun = this.#options.rerun?.(requirement) ?? "";
    const begun = { check: requirement, duration: 0, rerun };
    if (first !== undefined) {
      const { expected, actual, wire } = first;
      const often = violations === 1 ? "" : `; ${plural(violations, "time")} in all`;
      return { ...begun, verdict: "failed", expected, actual: `${actual}${often}`, wire };
    }
    if (looked === 0) {
      const isAboutFiles = rule.file !== undefined && !this.#options.files;
      const remark = isAboutFiles ? "it takes --files" : `there is no ${rule.of}`;
      return { ...begun, verdict: "not applicable", remark };
    }
    if (requirement.level === "info") return { ...begun, verdict: "info", remark: judge.remark };
    return { ...begun, verdict: "passed", remark: judge.remark };
  }
}

/**
 * Lints traces: each of its own, and all in one report.
 *
 * @param sources paths, or anything with bytes, such as a `Bun.file()`
 * @throws (rejects) {CacheProgError} `BAD_TRACE`: one can't be read or isn't a trace
 */
export async function lint(sources: readonly (string | Blob)[], options: LintOptions = {}): Promise<Report> {
  const linter = new Linter(options);
  for (const source of sources) {
    const name = typeof source === "string" ? source : "the trace";
    for await (const event of readTrace(source)) linter.push(event, name);
    await linter.end();
  }
  return linter.report();
}
