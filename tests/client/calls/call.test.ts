import { expect, test } from "bun:test";
import { type AnyCall, Call } from "../../../src/client/calls/call.ts";
import { InFlight } from "../../../src/client/calls/in-flight.ts";
import { type Response, ResponseDecoder } from "../../../src/wire/index.ts";

test("a response after the call has failed is dropped, and the call settles only once", async () => {
  let settled = 0;
  const read: Response[] = [];
  const inFlight = new InFlight<AnyCall>(1_000, () => {});
  const call = new Call(
    "get",
    inFlight,
    (response) => void read.push(response),
    () => settled++,
  );
  call.fail(new Error("aborted"));
  new ResponseDecoder().push(Buffer.from('{"ID":1,"Miss":true}'), (answer) => call.answer(answer));
  call.fail(new Error("late"));
  await expect(call.promise).rejects.toThrow("aborted");
  expect({ settled, read }).toEqual({ settled: 1, read: [] });
});
