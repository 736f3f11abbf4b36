import type { Int64 } from "../../wire/messages.ts";
import type { RequestEvent, ResponseEvent, TraceEvent, TraceStart } from "../events.ts";
import { PathShortener } from "./paths.ts";

/*
 * A trace file is text: one JSON object a line. The first line is the start; each other one, except `template`, has its
 * microseconds as `t`. A field with its zero value (false, "" or 0) is left out. Ids of actions and outputs are in base64,
 * as on the wire.
 *
 *   {"cacheprogw":1,"time":"2026-11-26T10:00:00.123456Z","recorder":"cacheprogw 0.1.0","pid":9,"program":[],"go":{},"host":{}}
 *   {"t":226,"hello":["get","put","close"]}
 *   {"t":562,"get":1,"action":"QvQH..."}
 *   {"t":905,"response":1,"miss":true}
 *   {"t":990,"put":2,"action":"QvQH...","output":"n4bQ...","size":4}      the request, without its body
 *   {"t":991,"body":2}                       the body has come; with sha256 and size, if they aren't what the put says
 *   {"template":1,"path":"/home/me/.cache/cacheprogw/{output:2}/{output}-1"}     see paths.ts
 *   {"t":1200,"response":2,"path":1}
 *   {"t":1300,"close":3}
 *   {"t":1300,"request":4,"command":"stat"}  any other command
 *   {"t":1400,"raw":"eyI=","from":"program","length":2,"why":"..."}       bytes that are no message
 *   {"t":1500,"end":"stdin"}                 go has closed stdin; "stdout": the program has closed its stdout
 *   {"t":1600,"exit":0}                      or {"t":1600,"killed":"SIGKILL"}
 *   {"t":1700,"signal":"SIGTERM"}            the recorder got it
 *   {"t":1800,"graph":"KLUv..."}             the action graph: JSON, compressed with zstd, in base64
 *   {"t":1900,"head":"QvQH...","text":"go index v2\n..."}                 the first bytes of the body of an action
 */

/**
 * Turns events into lines. Most of them are gets and responses, and most recorders have just started: then a template takes a
 * quarter of the time of JSON.stringify.
 *
 * One for each file, because lines refer to earlier ones.
 */
export class TraceEncoder {
  readonly #paths = new PathShortener();
  /** The actions of the puts and gets that have no response yet, for their paths. */
  readonly #open = new Map<Int64, RequestEvent>();

  /** The lines of an event, each with its newline. */
  encode(event: TraceEvent): string {
    switch (event.kind) {
      case "start":
        return startLine(event);
      case "hello":
        return line(event.at, { hello: event.commands });
      case "request":
        this.#open.set(event.id, event);
        return requestLine(event);
      case "body": {
        const { at, id, sha256, size } = event;
        return line(at, { body: shownID(id), sha256: sha256 && base64(sha256), size });
      }
      case "response":
        return this.#response(event);
      case "raw": {
        const { at, from, bytes, length, why } = event;
        return line(at, { raw: bytes, from, length, why });
      }
      case "end":
        return line(event.at, { end: event.of });
      case "exit":
        return line(event.at, { exit: event.code, killed: event.signal });
      case "signal":
        return line(event.at, { signal: event.name });
      case "graph":
        return line(event.at, { graph: Bun.zstdCompressSync(event.text, { level: 9 }).toBase64() });
      case "head":
        return line(event.at, { head: base64(event.action), text: event.text });
    }
  }

  #response(event: ResponseEvent): string {
    const { at, id, miss, error, output, size, time, path } = event;
    const request = this.#open.get(id);
    this.#open.delete(id);
    let text = `{"t":${at},"response":${JSON.stringify(shownID(id))}`;
    if (miss) text += ',"miss":true';
    if (error) text += `,"error":${JSON.stringify(error)}`;
    if (output) text += `,"output":"${base64(output)}"`;
    if (size) text += `,"size":${JSON.stringify(shownID(size))}`;
    if (time) text += `,"time":${JSON.stringify(time)}`;
    if (!path) return `${text}}\n`;
    const ids = { action: request?.action, output: output || request?.output };
    const { path: stored, isNew } = this.#paths.shorten(path, ids);
    const before = isNew === undefined ? "" : `${JSON.stringify({ template: stored, path: isNew })}\n`;
    return `${before}${text},"path":${JSON.stringify(stored)}}\n`;
  }
}

function startLine({ version, time, recorder, pid, program, go, host }: TraceStart): string {
  return `${JSON.stringify({ cacheprogw: version, time, recorder, pid, program, go, host })}\n`;
}

/** The commands that are the key of their line. */
const usual: readonly string[] = ["get", "put", "close"];

function requestLine({ at, id, command, action, output, size }: RequestEvent): string {
  if (command === "get" && typeof id === "number" && action && !output && !size)
    return `{"t":${at},"get":${id},"action":"${base64(action)}"}\n`;
  const ids = { action: action && base64(action), output: output && base64(output), size: size || undefined };
  if (usual.includes(command)) return line(at, { [command]: shownID(id), ...ids });
  return line(at, { request: shownID(id), command, ...ids });
}

function line(at: number, fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ t: at, ...fields })}\n`;
}

/** JSON readers round a number beyond 2^53, so that is text. */
function shownID(id: Int64): number | string {
  return typeof id === "bigint" ? String(id) : id;
}

function base64(hex: string): string {
  return Uint8Array.fromHex(hex).toBase64();
}
