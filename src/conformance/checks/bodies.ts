import { resolve } from "node:path";
import { reason } from "../../trouble.ts";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody, outputOf } from "../conversation/new-entry.ts";
import { answers, assumePut, sendGet, sendPut } from "../conversation/requests.ts";
import { CouldNotRun, require } from "../finding.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const writer = "cmd/go/internal/cache/prog.go, writeToChild";
const kibi = 1024;

/** The bodies of puts on stdin: a line of base64 of any length, or none. */
export const bodiesChecks: readonly Check[] = [
  {
    id: "bodies/none",
    level: "must",
    requirement: "A put without BodySize has no body line; the next request follows directly.",
    source: `${writer}: req.BodySize > 0`,
    quote: documented.noBody,
    confirmedBy: "waits-for-empty-body",
    go: { outcome: "hang", text: "go build would wait forever: a third of the bodies it puts are empty" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const puts = [newAction(), newAction()].map((actionID) => sendPut(peer, actionID, new Uint8Array()));
      const last = sendGet(peer);
      await answers(peer, [...puts, last]);
      return undefined;
    },
  },
  {
    id: "bodies/short",
    level: "must",
    requirement: "Bodies of 1 to 6 bytes are stored correctly, with and without base64 padding.",
    source: writer,
    quote: documented.bodyFollows,
    go: {
      outcome: "rebuilds",
      text: "go build would find the file incomplete or its SHA-256 wrong, and rebuild; it would hang if the program loses its place in stdin",
    },
    needs: ["put"],
    run: (context) => sendBodies(context, [1, 2, 3, 4, 5, 6]),
  },
  {
    id: "bodies/buffer-sizes",
    level: "must",
    requirement:
      "Bodies are stored correctly whatever the length of their line; tested around 4 KiB, 64 KiB and 1 MiB.",
    source: `${writer}: there is no limit`,
    quote: documented.bodyFollows,
    confirmedBy: "lines-of-64-kib",
    go: { outcome: "fatal", text: "go build would fail or hang at such a body" },
    needs: ["put"],
    // The line is a third longer than the body: 3 KiB become 4, 48 KiB become 64.
    run: (context) =>
      sendBodies(context, [...around(3), ...around(4), ...around(48), ...around(64), 1024 * kibi]),
  },
  {
    id: "bodies/large",
    level: "must",
    requirement: "A body of 64 MiB, whose line has 85 MiB, is stored correctly.",
    source: `${writer}: there is no limit; lines of 185 MB were seen in real builds`,
    quote: documented.bodyFollows,
    confirmedBy: "lines-of-64-mib",
    go: { outcome: "fatal", text: "go build would fail or hang at such a body" },
    needs: ["put"],
    deadline: 60_000,
    async run(context) {
      const peer = await context.start();
      await assumePut(peer, newAction(), newBody(10));
      const body = largeBody(64 * kibi * kibi + 1);
      const outputID = outputOf(body);
      const request = { command: "put", actionID: newAction(), outputID, bodySize: body.length };
      const { err, diskPath } = await peer.answer(peer.send(request, body));
      require(err === "", "a response to put without Err", () => `Err ${JSON.stringify(err)}`);
      const stored = await hashAt(resolve(peer.cwd, diskPath));
      const expected = outputID.toHex();
      require(stored === expected, `a file with the SHA-256 ${expected}`, () => stored);
      return undefined;
    },
  },
];

/** The SHA-256 of a file in hex, or the reason why the file can't be read. */
async function hashAt(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
    return hasher.digest("hex");
  } catch (error) {
    return reason(error);
  }
}

/** The three sizes around a number of KiB, in bytes. */
function around(kibibytes: number): number[] {
  return [-1, 0, 1].map((more) => kibibytes * kibi + more);
}

/** @throws {CouldNotRun} if a body of an ordinary size isn't stored correctly */
async function sendBodies(context: CheckContext, sizes: readonly number[]): Promise<undefined> {
  const peer = await context.start();
  const ordinary = newBody(100);
  const { diskPath } = await assumePut(peer, newAction(), ordinary);
  await requireBody(diskPath, ordinary, "the file from the put").catch((error: unknown) => {
    throw new CouldNotRun(`a body of 100 bytes isn't stored: ${error}`);
  });
  for (const size of sizes) {
    const body = newBody(size);
    const answer = await peer.answer(sendPut(peer, newAction(), body));
    const { err } = answer;
    require(err === "", `a response without Err to a put of ${size} bytes`, () =>
      `Err ${JSON.stringify(err)}`);
    await requireBody(resolve(peer.cwd, answer.diskPath), body, `the file from a put of ${size} bytes`);
  }
  return undefined;
}

/** One random block, repeated; each copy starts with its offset. Random bytes for all of it would take too long. */
function largeBody(size: number): Uint8Array {
  const block = newBody(kibi * kibi);
  const body = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; at += block.length) {
    body.set(block.subarray(0, size - at), at);
    if (size - at >= 4) body.writeUInt32LE(at, at);
  }
  return body;
}
