import { type Mutation, of } from "./mutation.ts";

/** Mutations of traces: what is said of them, and how two of them are compared. */
export const trace: readonly Mutation[] = [
  ...of(
    "src/trace/record/recorder.ts",
    ["trace/record/recorder.test.ts"],
    [["...(sha256 !== output && { sha256 }),", "", "a body that isn't what the put says looks right"]],
  ),
  ...of(
    "src/trace/record/message-lines.ts",
    ["trace/record/recorder.test.ts"],
    [
      ["this.#left -= kept.length;", "", "the bytes that are no message have no limit"],
      ["this.#refused(bytes.subarray(from), at, this.#why);", "", "what is no message isn't in the trace"],
    ],
  ),
  ...of(
    "src/trace/record/usual-messages.ts",
    ["trace/record/usual-messages.test.ts"],
    [["date !== undefined && !isDate(date)", "false", "the shortcut takes a date that go refuses"]],
  ),
  ...of(
    "src/trace/record/at-close.ts",
    ["trace/record/at-close.test.ts"],
    [
      [
        "return graph.some(({ action }) => this.#actions.has(action));",
        "return true;",
        "the action graph of another go is taken",
      ],
    ],
  ),
  ...of(
    "src/trace/record/graph-file.ts",
    ["trace/record/graph-file.test.ts"],
    [["mtimeMs < since - 20", "false", "an action graph from before is taken"]],
  ),
  ...of(
    "src/trace/record/relay/way.ts",
    ["trace/record/way.test.ts"],
    [
      [
        "this.isOpen && !isFull ? this.#from : -1",
        "this.isOpen ? this.#from : -1",
        "bytes are lost if the reader stops",
      ],
    ],
  ),
  ...of(
    "src/trace/report/summary/in-flight.ts",
    ["trace/report/summary.test.ts"],
    [
      [
        "end !== undefined && end <= time;",
        "end !== undefined && end < time;",
        "requests one after another overlap",
      ],
      [
        "if (now > 0) inFlight += time - last;",
        "inFlight += time - last;",
        "all of the time has requests in flight",
      ],
    ],
  ),
  ...of(
    "src/trace/report/summary/samples.ts",
    ["trace/report/summary.test.ts"],
    [
      [
        "Math.ceil(sorted.length * part) - 1",
        "Math.ceil(sorted.length * part)",
        "a percentile is one rank too high",
      ],
    ],
  ),
  ...of(
    "src/trace/report/findings/hits.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "if (name === undefined || knownPutsAgain.includes(name.kind)) continue;",
        "",
        "go's own puts are blamed on the cache",
      ],
    ],
  ),
  ...of(
    "src/trace/report/findings/puts.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "if (put.output !== known) yield caseOf(put, named);",
        "",
        "a build that isn't reproducible isn't found",
      ],
    ],
  ),
  ...of(
    "src/trace/report/findings/misses.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "cache.entry(miss.action) !== undefined || ",
        "",
        "what an earlier process put may be missed in silence",
      ],
      ["build.misses === 0 && ", "", "indexes of packages that changed are blamed on a checkout"],
    ],
  ),
  ...of(
    "src/trace/report/findings/past.ts",
    ["trace/report/findings.test.ts"],
    [
      [
        "program.length === 0 ? [go.env?.GOCACHE] : program",
        "[]",
        "entries of one cache are missed in another one",
      ],
    ],
  ),
  ...of(
    "src/trace/report/perfetto.ts",
    ["trace/report/reports.test.ts"],
    [["found === -1 ? this.#free.length : found", "0", "requests in flight at the same time share a row"]],
  ),
  ...of(
    "src/trace/diff/causes.ts",
    ["trace/diff/diff.test.ts"],
    [
      [
        " || contentOf(oldDep) === contentOf(dep)",
        "",
        "a change is blamed on packages whose output is the same",
      ],
      [
        "this.#rootsOf(dep, counterpart)",
        "[dep]",
        "a package that only depends on a changed one is its own cause",
      ],
    ],
  ),
  ...of(
    "src/trace/diff/entries.ts",
    ["trace/diff/diff.test.ts"],
    [
      [" && before.started < after.started", "", "a trace compared with itself has lost what it put"],
      ["!isVariable &&", "", "the duration that a test printed is a difference"],
    ],
  ),
  ...of(
    "src/trace/diff/touched.ts",
    ["trace/diff/diff.test.ts"],
    [["this.#isTelling ? true : undefined", "true", "after a fresh checkout, all files have changed"]],
  ),
  ...of(
    "src/trace/replay/order.ts",
    ["trace/replay/order.test.ts"],
    [
      [
        "<= this.#reached ? 0",
        "<= this.#reached + 1 ? 0",
        "a request is sent before one that it may depend on",
      ],
      ["previous < 0 || this.#isAnswered[previous] === 1", "true", "a get overtakes the put of its action"],
      ["inFlight < this.#most &&", "inFlight <= this.#most &&", "one request too many is in flight"],
      [
        "(this.#due[number] ?? 0) + (this.#now() - (this.#sent[number] ?? 0))",
        "this.#now()",
        "the delays of timers add up at the recorded pace",
      ],
    ],
  ),
  ...of(
    "src/trace/replay/plan.ts",
    ["trace/replay/plan.test.ts"],
    [
      [" && !this.#current.has(action)", "", "what a trace puts itself is put before it, too"],
      [
        'if (done.outcome !== "lost") this.answered.push(done);',
        "this.answered.push(done);",
        "a replay waits for requests that have no response",
      ],
    ],
  ),
  ...of(
    "src/trace/replay/material.ts",
    ["trace/replay/replay.test.ts"],
    [
      [
        "madeActions.has(number) ? undefined : ids[number]",
        "ids[number]",
        "go finds a made body under an id of its own",
      ],
      [
        "if ((await fileHash(path)).toHex() === sha256) return true;",
        "return true;",
        "a file with a wrong name is put as what it isn't",
      ],
    ],
  ),
  ...of(
    "src/trace/replay/replay.ts",
    ["trace/replay/replay.test.ts"],
    [
      [
        "call.isPrepared && !this.#isPrepared ? undefined : call.finds",
        "call.finds",
        "without what was there before, its misses are blamed on the program",
      ],
      ["(expected !== undefined && output !== expected)", "false", "a hit on another output isn't noticed"],
    ],
  ),
  ...of(
    "src/trace/lint/conversation.ts",
    ["trace/lint/rules.test.ts"],
    [
      [
        "this.#entries.delete(action);",
        "",
        "the body of an earlier put is expected after a later one was refused",
      ],
      [
        'this.isUnreadable ||= event.from === "program";',
        "this.isUnreadable = false;",
        "what comes after bytes that go can't read is missing",
      ],
      [" && isAsSaid(open))", ")", "a put that isn't what it says is expected to hit"],
    ],
  ),
  ...of(
    "src/trace/lint/id-set.ts",
    ["trace/lint/linter.test.ts"],
    [["id >= 1 && id <= this.#upTo", "id <= this.#upTo", "ID 0 and those below were requests"]],
  ),
  ...of(
    "src/trace/lint/files.ts",
    ["trace/lint/linter.test.ts"],
    [[" || found.changed <= end", " || true", "a file that was changed later is blamed on the program"]],
  ),
  ...of(
    "src/trace/lint/linter.ts",
    ["trace/lint/linter.test.ts"],
    [["this.#conversation = undefined;", "", "the next trace continues the conversation of the one before"]],
  ),
];
