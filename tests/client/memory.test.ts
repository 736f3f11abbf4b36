import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import type { Measured } from "./put-and-measure.ts";

guardEachTest();
const directory = temporaryDirectory();
const [kib, mib] = [1024, 1024 ** 2];
/** Twice what a put may need. */
const large = 192 * mib;

/** Reads requests and discards their bodies. */
const discard = `hello(); for (const { ID, Command } of headers()) say({ ID, DiskPath: "/a" });`;

/** Makes a file of zeros that takes no disk space. */
function sparse(size: number): void {
  const path = join(directory, String(size));
  writeFileSync(path, "");
  truncateSync(path, size);
}

async function measure(
  script: string,
  size: number,
  count: number,
  timeout = 30_000,
  kind = "file",
): Promise<Measured> {
  const path = join(directory, String(size));
  if (!existsSync(path)) sparse(size);
  const program = join(import.meta.dir, "put-and-measure.ts");
  const argv = [process.execPath, program, script, path, String(count), String(timeout), kind];
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "inherit" });
  const measured: Measured = JSON.parse(await new Response(child.stdout).text());
  expect(await child.exited).toBe(0);
  return measured;
}

describe("the memory that puts need", () => {
  let small: Measured;
  beforeAll(async () => {
    sparse(large); // Made first, to be a few seconds old when it's put: a newer file is hashed twice.
    small = await measure(discard, kib, 1);
  });

  test("doesn't grow with the number of files that are put at once", async () => {
    const { size, codes, peak } = await measure(discard, mib, 300);
    expect({ size, codes }).toEqual({ size: 300 * mib, codes: [] });
    expect(peak - small.peak).toBeLessThan(150 * mib);
  });

  test("doesn't grow while the program reads nothing", async () => {
    const { size, codes, peak } = await measure(`hello(); hang()`, mib, 2_000, 1_000);
    expect({ size, codes: new Set(codes), failed: codes.length }).toEqual({
      size: 0,
      codes: new Set(["TIMEOUT"]),
      failed: 2_000,
    });
    expect(peak - small.peak).toBeLessThan(250 * mib);
  });

  test("doesn't grow with the file: 192 MiB need as much as 1 KiB, plus a few chunks", async () => {
    const { size, codes, peak } = await measure(discard, large, 1);
    expect({ size, codes }).toEqual({ size: large, codes: [] });
    expect(peak - small.peak).toBeLessThan(96 * mib);
  });

  test("doesn't grow with a stream: 192 MiB need as much as 1 KiB, plus a few chunks", async () => {
    const { size, codes, peak } = await measure(discard, large, 1, 30_000, "stream");
    expect({ size, codes }).toEqual({ size: large, codes: [] });
    expect(peak - small.peak).toBeLessThan(96 * mib);
  });

  test("doesn't grow with the number of streams that are put at once", async () => {
    const { size, codes, peak } = await measure(discard, mib, 600, 30_000, "stream");
    expect({ size, codes }).toEqual({ size: 600 * mib, codes: [] });
    expect(peak - small.peak).toBeLessThan(400 * mib);
  });
});
