import {
  explorer,
  html,
  idColumn,
  legend,
  numberColumn,
  type RecordData,
  type Section,
  type Tone,
  textColumn,
} from "../../../page/index.ts";
import type { ActionName } from "../../names/action-name.ts";
import { showName } from "../../names/show-name.ts";
import type { Outcome, TracedRequest } from "../../requests.ts";
import { latencyOf, type NamedTrace } from "../named.ts";
import { microsecondsOf } from "./header.ts";

/** What an outcome means, as a color and a sign. */
export const outcomeTones: Readonly<Record<Outcome, Tone>> = {
  hit: "good",
  miss: "warn",
  stored: "info",
  closed: "plain",
  error: "bad",
  lost: "bad",
};

/** All requests: the timeline and the table. */
export function requestsPart(): Section {
  return {
    id: "requests",
    title: "All requests",
    hint: html`Each request is a bar from when it was sent until its response came; those in flight at the same time are below
each other. The strip below the times is gray where nothing was in flight. A hit fills its row, a miss half of it.
${legend([
  ["good", "hit"],
  ["warn", "miss"],
  ["info", "stored"],
  ["bad", "error or no response"],
])}`,
    content: explorer("requests", "All requests"),
  };
}

/** A request with all that a record is made of. */
interface Row {
  readonly request: TracedRequest;
  readonly name: ActionName | undefined;
  /** When it was sent, since the start of the first process, in microseconds. */
  readonly start: number;
  readonly process: string;
}

/** A record for each request of all traces. */
export function requestRecords(traces: readonly NamedTrace[]): RecordData {
  const rows = rowsOf(traces);
  const several = traces.length > 1;
  return {
    count: rows.length,
    noun: ["request", "requests"],
    columns: [
      numberColumn("time", { key: "start", title: "Sent at" }, rows, ({ start }) => start),
      textColumn({ key: "command", title: "Request", choice: true }, rows, ({ request }) => request.command),
      textColumn(
        { key: "outcome", title: "Outcome", choice: true, tones: outcomeTones },
        rows,
        ({ request }) => request.outcome,
      ),
      textColumn({ key: "what", title: "What" }, rows, whatOf),
      textColumn(
        { key: "kind", title: "Kind", choice: true, shown: "details" },
        rows,
        ({ name }) => name?.kind ?? "",
      ),
      numberColumn("time", { key: "took", title: "Took" }, rows, ({ request }) => latencyOf(request)),
      numberColumn("size", { key: "size", title: "Size" }, rows, ({ request }) => sizeOf(request)),
      numberColumn(
        "time",
        { key: "body", title: "Of this, sending the body", shown: "details" },
        rows,
        ({ request }) => (request.bodySent > request.sent ? request.bodySent - request.sent : undefined),
      ),
      textColumn({ key: "error", title: "Error", shown: "details" }, rows, ({ request }) => request.error),
      idColumn({ key: "action", title: "Action", shown: "wide" }, rows, ({ request }) => request.action),
      idColumn({ key: "output", title: "Output", shown: "details" }, rows, ({ request }) => request.output),
      ...(several
        ? [
            textColumn(
              { key: "process", title: "Process", shown: "wide", choice: true },
              rows,
              ({ process }: Row) => process,
            ),
          ]
        : []),
    ],
    timeline: { start: "start", length: "took", band: "command", tone: "outcome", label: "what" },
  };
}

function rowsOf(traces: readonly NamedTrace[]): readonly Row[] {
  const starts = traces.map(({ trace }) => microsecondsOf(trace.start.time));
  const first = starts.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY);
  return traces.flatMap(({ trace, names }, at) => {
    const { pid, command = [] } = trace.start.go;
    const process = `${command.join(" ") || "go"} (${pid})`;
    const offset = (starts[at] ?? first) - first;
    return trace.requests.map((request) => ({
      request,
      name: names.of(request.action),
      start: offset + request.sent,
      process,
    }));
  });
}

/** The number of the first record of each trace. */
export function recordNumbers(traces: readonly NamedTrace[]): readonly number[] {
  let next = 0;
  return traces.map(({ trace }) => {
    const first = next;
    next += trace.requests.length;
    return first;
  });
}

function whatOf({ name }: Row): string {
  return name === undefined ? "" : showName(name);
}

function sizeOf({ command, outcome, size }: TracedRequest): number | undefined {
  return command === "put" || outcome === "hit" ? size : undefined;
}
