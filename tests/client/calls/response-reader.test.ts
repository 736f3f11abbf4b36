import { expect, test } from "bun:test";
import { ResponseReader, type ResponseStream } from "../../../src/client/calls/response-reader.ts";

/** Says each text as one chunk, and then that it has ended. */
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

test("a listener hears each response, in whatever chunks they come, and the end", async () => {
  const heard: unknown[] = [];
  const options = { onResponse: ({ id }: { id: unknown }) => heard.push(id), onRefusal: expect.unreachable };
  await new ResponseReader(new Speech('{"ID":1}{"I', 'D":2}', "\n\n", ' {"ID":3}{"ID":4}'), options).ended;
  expect(heard).toEqual([1, 2, 3, 4]);
});

test("a listener hears what came whole before something wrong, which it tells once; it reads on to the end", async () => {
  const heard: unknown[] = [];
  const speech = new Speech('{"ID":1}{"ID":2}oops{"ID":3}', '{"ID":4}', "more");
  await new ResponseReader(speech, {
    onResponse: ({ id }) => heard.push(id),
    onRefusal: ({ code }) => heard.push(code),
  }).ended;
  expect(heard).toEqual([1, 2, "PROTOCOL_ERROR"]);
  expect(speech.left).toBe(0);
});

test("a listener that was told to ignore hears nothing more, not even the rest of a chunk; it reads on to the end", async () => {
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
