import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { minorOf } from "../../../fixtures/decode-vectors.ts";
import { goToolchains, hasGo } from "../../../fixtures/go-toolchains.ts";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import * as documented from "../../../src/conformance/checks/documentation.ts";
import { faults } from "../../../src/conformance/faults.ts";

/* A must is required word for word by the documentation, or its violation was seen to make the real go fail. */

const musts = catalogue.filter(({ level }) => level === "must");

test("each must quotes the documentation or names a fault that makes the real go fail", () => {
  const groundless = musts.filter(
    ({ quote, confirmedBy }) => quote === undefined && confirmedBy === undefined,
  );
  expect(groundless.map(({ id }) => id)).toEqual([]);
});

test("the fault that a check names fails that check, and makes go fail, hang or use a wrong result", () => {
  const grave = ["fatal", "hang", "wrong result"];
  for (const { id, confirmedBy } of catalogue) {
    if (confirmedBy === undefined) continue;
    const fault = faults.find(({ name }) => name === confirmedBy);
    expect([id, fault?.name, fault?.fails]).toEqual([id, confirmedBy, expect.arrayContaining([id])]);
    expect([id, grave.includes(fault?.go ?? "")]).toEqual([id, true]);
  }
});

// Needs go on the PATH. GO_VERSIONS lists the versions to use.
test.skipIf(!hasGo).each(hasGo ? goToolchains() : [{ version: "go", go: "go" }])(
  "the quotes are in the documentation of $version, word for word, if it is not older than they are",
  async ({ version, go }) => {
    const root = resolve(go, "../..");
    const file = await Bun.file(join(root, "src/cmd/go/internal/cacheprog/cacheprog.go")).text();
    const text = file.replaceAll(/\n\s*\/\/ ?/g, " ").replaceAll(/\s+/g, " ");
    const missing = catalogue.filter(
      ({ source, quote }) =>
        quote !== undefined && minorOf(version) >= since(source) && !text.includes(quote),
    );
    expect(missing.map(({ id }) => id)).toEqual([]);
  },
);

test("a quote that older supported versions of Go don't have names its first version", () => {
  const late = catalogue.filter(({ source, quote }) => quote !== undefined && since(source) > 24);
  expect(late.map(({ id }) => id)).toEqual(["file/no-extension"]);
});

/** The version of Go whose documentation a check quotes. */
function since(source: string): number {
  return Number(/\(go1\.(\d+)\)$/.exec(source)?.[1] ?? 24);
}

test("each quote is used by a check", () => {
  const used = new Set(catalogue.map(({ quote }) => quote));
  expect(Object.entries(documented).filter(([, quote]) => !used.has(quote))).toEqual([]);
});
