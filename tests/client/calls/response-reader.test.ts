import { expect, test } from "bun:test";
import { ResponseReader, type ResponseStream } from "../../../src/client/calls/response-reader.ts";

/** A stream of one chunk for each text. */
class Speech implements ResponseStream {
  readonly #chunks: string[];

  constructor(...chunks: string[]) {
    this.#chunks = chunks;
  }

  get left(): number {
    return this.#chunks.length;
  }

  async read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    return chunk === undefined ? undefined : Buffer.from(chunk);
  }
}

test("each response is reported, however it's split into chunks", async () => {
  const heard: unknown[] = [];
  const options = { onResponse: ({ id }: { id: unknown }) => heard.push(id), onRefusal: expect.unreachable };
  await new ResponseReader(new Speech('{"ID":1}{"I', 'D":2}', "\n\n", ' {"ID":3}{"ID":4}'), options).ended;
  expect(heard).toEqual([1, 2, 3, 4]);
});

test("invalid output is reported once, after the responses before it, and the rest is read and dropped", async () => {
  const heard: unknown[] = [];
  const speech = new Speech('{"ID":1}{"ID":2}oops{"ID":3}', '{"ID":4}', "more");
  await new ResponseReader(speech, {
    onResponse: ({ id }) => heard.push(id),
    onRefusal: ({ code }) => heard.push(code),
  }).ended;
  expect(heard).toEqual([1, 2, "PROTOCOL_ERROR"]);
  expect(speech.left).toBe(0);
});

test("after ignore(), nothing is reported, not even the rest of the chunk, and the rest is read and dropped", async () => {
  const heard: unknown[] = [];
  const speech = new Speech('{"ID":1}{"ID":2}{"ID":3} oops', '{"ID":4}', "more");
  const listener = new ResponseReader(speech, {
    onResponse({ id }) {
      heard.push(id);
      if (id === 2) listener.ignore();
    },
    onRefusal: ({ code }) => heard.push(code),
  });
  await listener.ended;
  expect(heard).toEqual([1, 2]);
  expect(speech.left).toBe(0);
});
