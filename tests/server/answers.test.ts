import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { Answers } from "../../src/server/answers.ts";

/** Accepts each write only when the test calls take(). */
class SlowReader {
  readonly writes: string[] = [];
  #take: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  write(bytes: Uint8Array): Promise<void> {
    this.writes.push(Buffer.from(bytes).toString());
    return new Promise((resolve, reject) => {
      this.#take = resolve;
      this.#fail = reject;
    });
  }

  take(): void {
    this.#take?.();
  }

  fail(error: Error): void {
    this.#fail?.(error);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const answer = (id: number) => `{"ID":${id},"Miss":true}\n`;

test("unread responses need little more memory than their text, and arrive complete and in order", async () => {
  const reader = new SlowReader();
  const answers = new Answers(reader);
  const count = 400_000;
  answers.add("hello\n");
  answers.flush();
  Bun.gc(true);
  const before = heapStats().heapSize;
  let length = 0;
  for (let id = 0; id < count; id++) {
    answers.add(answer(id));
    length += answer(id).length;
  }
  expect(answers.length).toBe("hello\n".length + length);
  Bun.gc(true);
  // A rope of this many pieces would cost 40 to 100 bytes per piece on top of the text.
  expect(heapStats().heapSize - before).toBeLessThan(1.5 * length);
  const all = answers.flushed();
  let isDone = false;
  void all.then(() => {
    isDone = true;
  });
  while (!isDone) {
    reader.take();
    await turn();
  }
  const text = `hello\n${Array.from({ length: count }, (_, id) => answer(id)).join("")}`;
  expect(reader.writes.join("") === text).toBe(true); // toBe would print it
  expect(reader.writes.slice(1).every((each) => each.startsWith("{") && each.endsWith("}\n"))).toBe(true);
  expect(answers.length).toBe(0);
});

test("writes nothing more after a failed write, not even what was already queued", async () => {
  const reader = new SlowReader();
  const answers = new Answers(reader);
  const failures: unknown[] = [];
  answers.listen({ space() {}, failed: (error) => void failures.push(error) });
  answers.add("hello\n");
  answers.flush();
  for (let id = 0; id < 10_000; id++) answers.add(answer(id));
  reader.fail(new Error("gone"));
  await answers.flushed();
  answers.add(answer(1));
  await turn();
  expect(failures).toEqual([new Error("gone")]);
  expect(reader.writes).toEqual(["hello\n"]);
  expect(answers.length).toBe(0);
});
