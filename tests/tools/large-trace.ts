/*
 * Makes a trace of many requests, and measures what reads it: time and peak memory of `report` in each of its forms, and of
 * `diff`. The limits of a report of 100,000 requests are 3 s and 300 MB.
 */
import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { subkey } from "../../src/hash.ts";
import { TraceEncoder, type TraceEvent } from "../../src/trace/index.ts";
import { integer, runTool } from "./command-line.ts";

const help = `usage: bun tests/tools/large-trace.ts [--requests N]

Makes a trace of N requests (default: 100000) of a build of which a tenth missed, with its action graph, in TMPDIR. Then
measures report, as text, JSON, a page and a timeline, and diff of the trace with itself.
`;

const main = resolve(import.meta.dir, "../../src/cli/main.ts");

await runTool(
  { name: "large-trace", usage: help, options: { requests: { type: "string", default: "100000" } } },
  async ({ values: { requests } }) => {
    const count = integer("--requests", requests, 1);
    const folder = mkdtempSync(join(tmpdir(), "cacheprogw-large-"));
    try {
      const file = join(folder, "build.jsonl");
      fill(file, count);
      console.log(`${count} requests in ${Math.round(statSync(file).size / count)} bytes each`);
      await measure("report", file);
      await measure("report", "--json", file);
      await measure("report", "--perfetto", join(folder, "timeline.json"), file);
      await measure("report", "-o", join(folder, "build.html"), file);
      await measure("diff", file, file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return 0;
  },
);

/** Each package has four entries: what was compiled, what that printed, its sources, and the index of its directory. */
function fill(file: string, count: number): void {
  const trace = new Writer(file);
  const graph: object[] = [];
  for (let at = 0; trace.requests < count; at++) {
    const path = `example.com/module/internal/package${at}`;
    const build = sha256(`build ${at}`);
    const short = build.subarray(0, 15).toBase64({ alphabet: "base64url" });
    const Deps = [at - 1, at - 50].filter((dep) => dep >= 0);
    const command = `compile -o x -p ${path} ${"a/file.go ".repeat(20)}`;
    const BuildID = `${short}/${short}`;
    graph.push({ ID: at, Mode: "build", Package: path, Deps, ActionID: short, BuildID, Cmd: [command] });
    const index = sha256(`index ${at}`);
    for (const action of [build, subkey(build, "stdout"), subkey(build, "srcfiles"), index])
      trace.ask(action.toHex(), at % 10 === 0);
    trace.add({
      kind: "head",
      at: trace.at,
      action: index.toHex(),
      text: `go index v2\n/m/internal/package${at}`,
    });
  }
  trace.add({ kind: "graph", at: trace.at, text: JSON.stringify(graph) });
  trace.flush();
}

class Writer {
  readonly #file: string;
  readonly #encoder = new TraceEncoder();
  #lines: string[] = [];
  requests = 0;
  at = 0;

  constructor(file: string) {
    this.#file = file;
    const host = { platform: "linux", arch: "x64", processors: 2, memory: 2 ** 32 };
    const go = { pid: 1, command: ["go", "build", "./..."], version: "go1.26.8", directory: "/m", env: {} };
    const time = "2026-11-26T10:00:00.000000Z";
    const program = ["my-cacheprog"];
    this.add({ kind: "start", version: 1, time, recorder: "", program, go, host });
    this.add({ kind: "hello", at: 1, commands: ["get", "put", "close"] });
  }

  add(event: TraceEvent): void {
    this.#lines.push(this.#encoder.encode(event));
    if (this.#lines.length > 10_000) this.flush();
  }

  flush(): void {
    appendFileSync(this.#file, this.#lines.join(""));
    this.#lines = [];
  }

  /** A get that hits, or one that misses and the put that follows. */
  ask(action: string, isMiss: boolean): void {
    const output = sha256(`output ${action}`).toHex();
    const path = `/store/${output.slice(0, 2)}/${output}-d`;
    const id = ++this.requests;
    this.at += 20;
    this.add({ kind: "request", at: this.at, id, command: "get", action });
    const time = "2026-11-26T09:00:00.123456789Z";
    const response = { kind: "response", at: this.at + 100 + (id % 997), id } as const;
    this.add(isMiss ? { ...response, miss: true } : { ...response, output, size: 1000 + id, time, path });
    if (!isMiss) return;
    const put = ++this.requests;
    this.at += 2000;
    this.add({ kind: "request", at: this.at, id: put, command: "put", action, output, size: 1000 });
    this.add({ kind: "body", at: this.at + 10, id: put });
    this.add({ kind: "response", at: this.at + 100, id: put, path });
  }
}

function sha256(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}

async function measure(...args: string[]): Promise<void> {
  const started = performance.now();
  const child = Bun.spawn([process.execPath, main, ...args], { stdout: "pipe", stderr: "inherit" });
  const [output, code] = await Promise.all([child.stdout.bytes(), child.exited]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const usage = child.resourceUsage();
  const cpu = (Number(usage?.cpuTime.total ?? 0) / 1e6).toFixed(1);
  const megabytes = Math.round((usage?.maxRSS ?? 0) / 1e6);
  const words = args.map((arg) => (arg.startsWith("/") ? "FILE" : arg)).join(" ");
  console.log(
    `${words}: ${seconds} s (${cpu} s of processor time), peak ${megabytes} MB, exit ${code}, ${output.length} bytes`,
  );
}
