import { newAction, newBody } from "../conversation/new-entry.ts";
import { assumePut } from "../conversation/requests.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { NotApplicable, require } from "../finding.ts";
import type { Check } from "../requirement.ts";

const reader = "cmd/go/internal/test/test.go, tryCacheWithID: entry.Time and testexpire.txt";
/** How far Time may be off, in ms: it may be in whole seconds, or come from another machine's clock. */
export const tolerance = 10_000;
/** The longest step of a file system's clock, in ms. */
const tick = 20;

/** The Time of a hit, by which go clean -testcache expires test results. */
export const timeChecks: readonly Check[] = [
  {
    id: "time/present",
    level: "should",
    requirement: "A hit has a Time.",
    source: "cmd/go/internal/cacheprog, Response.Time: optional; used for cache expiration",
    go: {
      outcome: "wrong result",
      text: "go test would show cached results that go clean -testcache has expired",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const action = newAction();
      await assumePut(program.peer, action, newBody(100));
      const { time } = await program.assumeHit(action);
      require(time !== undefined, "Time", () => "none");
      return undefined;
    },
  },
  {
    id: "time/of-put",
    level: "should",
    requirement: "Time is when the entry was put: not in the future, not zero, not the time of the get.",
    source: reader,
    go: {
      outcome: "wrong result",
      text: "go test would show cached results that go clean -testcache has expired, or rerun tests unnecessarily",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const action = newAction();
      const before = Date.now();
      await assumePut(program.peer, action, newBody(100));
      const after = Date.now();
      const first = await timeOf(program, action);
      const inRange = first >= before - tolerance && first <= after + tolerance;
      require(inRange, `a Time of about ${text(after)}, when the entry was put`, () => text(first));
      const second = await laterTimeOf(program, action);
      const actual = () => `${text(first)}, then ${text(second)}`;
      require(first === second, "the same Time from every get", actual);
      return undefined;
    },
  },
  {
    id: "time/of-last-put",
    level: "should",
    requirement: "Time is when the action was last put, even if the body or the entry already existed.",
    source: reader,
    go: {
      outcome: "rebuilds",
      text: "after go clean -testcache, a test whose output stays the same would be rerun every time",
    },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [first, second, body] = [newAction(), newAction(), newBody(100)];
      await assumePut(program.peer, first, body);
      const old = await laterTimeOf(program, first);
      const third = newAction();
      await assumePut(program.peer, third, newBody(100));
      if (old % 1_000 === 0 && (await timeOf(program, third)) % 1_000 === 0)
        return "Time is in whole seconds, too coarse for this check";
      for (const action of [second, first]) {
        await assumePut(program.peer, action, body);
        const time = await timeOf(program, action);
        require(time > old, `a Time later than ${text(old)}, when the body was first put`, () => text(time));
      }
      return undefined;
    },
  },
  {
    id: "time/format",
    level: "should",
    requirement:
      "Time strictly follows RFC 3339: no comma, two digits for each part, an offset of less than a day.",
    source: "RFC 3339, section 5.6; time.Time.UnmarshalJSON accepts a little more",
    go: { outcome: "nothing", text: "go reads it; other clients don't" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const action = newAction();
      await assumePut(program.peer, action, newBody(100));
      await timeOf(program, action);
      const output = new TextDecoder().decode(program.peer.output);
      for (const [, written = ""] of output.matchAll(/"time"\s*:\s*"([^"]*)"/gi))
        require(rfc3339.test(written), "a Time such as 2006-01-02T15:04:05.999Z", () => written);
      return undefined;
    },
  },
];

const rfc3339 = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** The Time of a hit, in ms. @throws {NotApplicable} if the hit has none */
async function timeOf(program: RestartablePeer, action: Uint8Array): Promise<number> {
  const { time } = await program.assumeHit(action);
  if (time === undefined) throw new NotApplicable("a hit has no Time");
  return time.epochMilliseconds;
}

/** The Time of a hit after the clock has advanced by more than a file system's clock step. */
async function laterTimeOf(program: RestartablePeer, action: Uint8Array): Promise<number> {
  const now = Date.now();
  while (Date.now() <= now + tick) await new Promise((resolve) => setTimeout(resolve, 1));
  return timeOf(program, action);
}

function text(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString();
}
