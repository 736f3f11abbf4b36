import type { NamedTrace } from "../../../../src/trace/report/named.ts";
import type { Outcome, TracedRequest } from "../../../../src/trace/requests.ts";
import type { Trace } from "../../../../src/trace/trace.ts";

interface Shape {
  /** How many actions are asked for. A miss is followed by a put. */
  readonly actions: number;
  readonly inFlight?: number;
  readonly misses?: number;
  readonly command?: readonly string[];
  readonly started?: string;
  readonly packageOf?: (action: number) => string;
  readonly errorOf?: (action: number) => string;
}

const packages = [
  "fmt",
  "net/http",
  "crypto/tls",
  "encoding/json",
  "go/types",
  "math/big",
  "os",
  "strings",
  "text/template",
];
const kinds = ["build", "index", "vet", "test output", "link"] as const;

/** A trace of a build that never was, the same each time. */
export function madeTrace(shape: Shape): NamedTrace {
  const random = randomNumbers(shape.actions);
  const requests: TracedRequest[] = [];
  const workers = new Array<number>(shape.inFlight ?? 8).fill(2_000);
  for (let action = 0; action < shape.actions; action++) {
    const worker = workers.indexOf(workers.reduce((a, b) => Math.min(a, b)));
    const sent = (workers[worker] ?? 0) + Math.floor(random() ** 6 * 9_000);
    const error = shape.errorOf?.(action) ?? "";
    const outcome = error !== "" ? "error" : random() < (shape.misses ?? 0.2) ? "miss" : "hit";
    const answered = sent + 60 + Math.floor(400 * random() + 20_000 * random() ** 14);
    const size = Math.floor(2 ** (random() * 22));
    const get = request(
      requests.length,
      "get",
      action,
      sent,
      answered,
      outcome,
      outcome === "hit" ? size : 0,
    );
    requests.push({ ...get, error });
    workers[worker] = answered;
    if (outcome !== "miss") continue;
    const from = answered + Math.floor(30_000 * random() ** 2);
    const to = from + 150 + Math.floor(1_500 * random() ** 3);
    requests.push({
      ...request(requests.length, "put", action, from, to, "stored", size),
      bodySent: from + 50,
    });
    workers[worker] = to;
  }
  const end = Math.max(...workers) + 1_000;
  requests.push(request(requests.length, "close", -1, end - 500, end - 200, "closed", 0));
  requests.sort((a, b) => a.sent - b.sent || a.number - b.number);
  const packageOf =
    shape.packageOf ??
    ((action) => `${packages[action % packages.length]}${action < 900 ? "" : `/p${action % 700}`}`);
  return {
    trace: traceOf(
      requests.map((each, number) => ({ ...each, number })),
      end,
      shape,
    ),
    names: {
      of(id) {
        const action = Number.parseInt(id.slice(56), 16);
        if (id === "" || action % 50 === 49) return undefined;
        return { kind: kinds[action % kinds.length] ?? "build", package: packageOf(action) };
      },
    },
  };
}

function traceOf(requests: readonly TracedRequest[], end: number, shape: Shape): Trace {
  return {
    name: "build.jsonl",
    start: {
      kind: "start",
      version: 1,
      time: shape.started ?? "2026-11-26T10:00:00.000000Z",
      recorder: "cacheprogw 0.1.0",
      program: ["/home/me/bin/team-cache", "--server", "https://cache.example.com"],
      go: {
        pid: 4711,
        command: shape.command ?? ["go", "build", "./..."],
        directory: "/home/me/src/service",
        version: "go1.26.8",
      },
      host: { platform: "linux", arch: "x64", processors: 8, memory: 32e9 },
    },
    hello: { kind: "hello", at: 1_500, commands: ["get", "put", "close"] },
    requests,
    graph: undefined,
    heads: new Map(),
    others: [{ kind: "exit", at: end, code: 0 }],
    end,
  };
}

function request(
  number: number,
  command: string,
  action: number,
  sent: number,
  answered: number,
  outcome: Outcome,
  size: number,
): TracedRequest {
  const id = action < 0 ? "" : idOf(action);
  const output = command === "put" || outcome === "hit" ? idOf(action, 7) : "";
  const [sha256, path] = [command === "put" ? output : "", output === "" ? "" : `/cache/${output}`];
  return {
    number,
    id: number,
    command,
    action: id,
    output,
    size,
    sha256,
    sent,
    bodySent: sent,
    answered,
    outcome,
    error: "",
    path,
    time: "",
  };
}

/** An id that ends in the number of its action. */
function idOf(action: number, salt = 0): string {
  const random = randomNumbers(action * 31 + salt);
  const digits = Array.from({ length: 7 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  );
  return `${digits.join("")}${action.toString(16).padStart(8, "0")}`;
}

/** Numbers from 0 to 1 that look random. Source: mulberry32, public domain */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
