import type { RequestEvent, ResponseEvent, TraceEvent, TraceStart } from "../events.ts";
import type { Conversation } from "./conversation.ts";

/** Where in a trace something is. @param at in µs */
export function placeOf({ name }: Conversation, at: number): string {
  return `· ${name}, ${(at / 1e6).toFixed(6)} s after its start`;
}

/** An event as it was on the wire, in the order of go's fields. */
export function lineOf(event: Exclude<TraceEvent, TraceStart>): string {
  switch (event.kind) {
    case "hello":
      return `← ${JSON.stringify({ ID: 0, KnownCommands: event.commands })}`;
    case "request":
      return requestLine(event);
    case "response":
      return responseLine(event);
    case "body":
      return `· the body of request ${event.id}`;
    case "raw":
      return `· ${event.length} bytes from ${event.from} that aren't a message: ${event.why}`;
    case "end":
      return `· the end of ${event.of}`;
    case "exit":
      return `· ${event.signal === undefined ? `exit code ${event.code}` : `killed by ${event.signal}`}`;
    case "signal":
      return `· ${event.name}`;
    default:
      return `· ${event.kind}`;
  }
}

function requestLine({ id, command, action, output, size }: RequestEvent): string {
  return `→ ${JSON.stringify({
    ID: shown(id),
    Command: command,
    ActionID: base64(action),
    OutputID: base64(output),
    BodySize: size,
  })}`;
}

function responseLine({ id, miss, error, output, size, time, path }: ResponseEvent): string {
  return `← ${JSON.stringify({
    ID: shown(id),
    Err: error,
    Miss: miss,
    OutputID: base64(output),
    Size: size && shown(size),
    Time: time,
    DiskPath: path,
  })}`;
}

function shown(id: number | bigint): number | string {
  return typeof id === "bigint" ? String(id) : id;
}

function base64(hex: string | undefined): string | undefined {
  return hex === undefined ? undefined : Uint8Array.fromHex(hex).toBase64();
}
