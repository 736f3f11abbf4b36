import { expect, test } from "bun:test";
import { Random } from "../../../../fixtures/random.ts";
import { BodyTable } from "../../../../src/server/store/trim/body-table.ts";

test("a table keeps the last use and the size of each body while it grows, and lists those that have a file", () => {
  const random = new Random(1);
  const table = new BodyTable();
  const expected = new Map<string, { high: number; low: number; used: number; bytes: number | undefined }>();
  for (let n = 0; n < 20_000; n++) {
    // Some share the lower half of their ids, or have a 0, which marks a free slot.
    const [high, low] = [random.below(5_000), random.below(5) === 0 ? 0 : random.below(2 ** 32)];
    const body = expected.get(`${high} ${low}`) ?? { high, low, used: 0, bytes: undefined };
    expected.set(`${high} ${low}`, body);
    const used = random.below(2 ** 32);
    if (random.below(2) === 0) {
      table.use(high, low, used);
      body.used = Math.max(body.used, used);
    } else {
      body.bytes = random.below(1_000) * 512;
      table.see(high, low, body.bytes);
    }
  }
  const bodies = [...expected.values()];
  expect(bodies.filter(({ high, low, used }) => table.usedAt(high, low) !== used)).toEqual([]);
  const listed: string[] = [];
  table.forEach((used, bytes) => void listed.push(`${used} ${bytes}`));
  const withFile = bodies.filter(({ bytes }) => bytes !== undefined);
  expect(listed.sort()).toEqual(withFile.map(({ used, bytes }) => `${used} ${bytes}`).sort());
  expect(table.usedAt(5_001, 1)).toBe(0);
});
