import { expect, test } from "bun:test";
import { dialects } from "../../../src/conformance/peer/dialect.ts";
import { Peer } from "../../../src/conformance/peer/peer.ts";
import { guardEachTest } from "../../client/guard.ts";
import { scripted } from "../../client/scripted.ts";

guardEachTest();

/** A program that has written this output and exited. */
async function peerThatWrote(output: string): Promise<Peer> {
  const peer = new Peer({
    number: 1,
    argv: scripted(`raw(${JSON.stringify(output)})`),
    env: process.env,
    cwd: import.meta.dir,
    dialect: dialects[0],
    onLife() {},
    within: (_what, _state, promise) => promise,
  });
  await peer.ended();
  await peer.kill();
  return peer;
}

test("a response that the end of stdout cuts off is noise, not a violation", async () => {
  const peer = await peerThatWrote('{"ID":0,"KnownCommands":["get"]}\n{"ID":1,"Mi');
  expect(peer.violation).toBeUndefined();
  expect(peer.noise).toMatchObject({
    expected: "complete responses as JSON on stdout",
    actual: expect.stringContaining("inside the response that began at byte 33"),
    process: 1,
  });
});

test("an output of complete responses has neither noise nor a violation", async () => {
  const peer = await peerThatWrote('{"ID":0,"KnownCommands":["get"]}\n');
  expect([peer.noise, peer.violation]).toEqual([undefined, undefined]);
});
