import { expect, test } from "bun:test";
import { Call } from "../../../src/client/calls/call.ts";
import { type Response, ResponseDecoder } from "../../../src/wire/index.ts";

test("a response after the call has failed is dropped, and the call settles only once", async () => {
  let settled = 0;
  const host = {
    begin: () => "",
    written: () => {},
    expired: () => new Error("late"),
    settled: () => settled++,
  };
  const read: Response[] = [];
  const call = new Call(host, "get", (response) => void read.push(response));
  call.fail(new Error("aborted"));
  new ResponseDecoder().push(Buffer.from('{"ID":1,"Miss":true}'), (answer) => call.answer(answer));
  call.expire();
  await expect(call.promise).rejects.toThrow("aborted");
  expect({ settled, read }).toEqual({ settled: 1, read: [] });
});
