import type { TraceEvent } from "../../../src/trace/events.ts";
import { TraceEncoder } from "../../../src/trace/format/encode.ts";
import type { NamedTrace } from "../../../src/trace/report/named.ts";
import { start } from "./made.ts";

/** The text of a trace file with the requests of a trace made by hand. Its action ids become the SHA-256 of what they were. */
export function traceFile({ trace }: NamedTrace, time = "2026-11-26T10:00:00.000000Z"): string {
  const encoder = new TraceEncoder();
  const events: TraceEvent[] = [{ kind: "hello", at: 0, commands: ["get", "put", "close"] }];
  for (const { id, command, action, output, size, sent, answered, outcome } of trace.requests) {
    const isPut = command === "put";
    const ids = { action: sha256(action), ...(isPut ? { output: sha256(output), size } : {}) };
    events.push({ kind: "request", at: sent, id, command, ...(command === "close" ? {} : ids) });
    if (isPut) events.push({ kind: "body", at: sent, id });
    const hit = outcome === "hit" ? { output: sha256(output), size, path: "/store/body" } : {};
    events.push({ kind: "response", at: answered, id, miss: outcome === "miss", ...hit });
  }
  const at = trace.end;
  events.push({ kind: "end", at, of: "stdin" }, { kind: "exit", at, code: 0 });
  const lines = [{ ...start(["my-cacheprog"]), time }, ...events].map((event) => encoder.encode(event));
  return lines.join("");
}

export function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
