import { expect, test } from "bun:test";
import { join } from "node:path";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import * as documented from "../../../src/conformance/checks/documentation.ts";
import { faults } from "../../../src/conformance/faults.ts";

/* A must is what the documentation demands word for word, or what real go was seen to fail at. */

const musts = catalogue.filter(({ level }) => level === "must");

test("each must quotes the documentation, or names a fault by which real go fails", () => {
  const groundless = musts.filter(
    ({ quote, confirmedBy }) => quote === undefined && confirmedBy === undefined,
  );
  expect(groundless.map(({ id }) => id)).toEqual([]);
});

test("the fault that a check names fails it, and go fails, hangs or goes wrong by it", () => {
  const grave = ["fatal", "hang", "wrong result"];
  for (const { id, confirmedBy } of catalogue) {
    if (confirmedBy === undefined) continue;
    const fault = faults.find(({ name }) => name === confirmedBy);
    expect([id, fault?.name, fault?.fails]).toEqual([id, confirmedBy, expect.arrayContaining([id])]);
    expect([id, grave.includes(fault?.go ?? "")]).toEqual([id, true]);
  }
});

const go = Bun.which("go");

test.skipIf(go === null)("the quotes are in the documentation, word for word (needs Go)", async () => {
  const root = Bun.spawnSync(["go", "env", "GOROOT"]).stdout.toString().trim();
  const source = await Bun.file(join(root, "src/cmd/go/internal/cacheprog/cacheprog.go")).text();
  const text = source.replaceAll(/\n\s*\/\/ ?/g, " ").replaceAll(/\s+/g, " ");
  const missing = Object.entries(documented).filter(([, quote]) => !text.includes(quote));
  expect(missing).toEqual([]);
});

test("each quote is of use", () => {
  const used = new Set(catalogue.map(({ quote }) => quote));
  expect(Object.entries(documented).filter(([, quote]) => !used.has(quote))).toEqual([]);
});
