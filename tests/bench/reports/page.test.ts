import { expect, test } from "bun:test";
import { comparisonsOf } from "../../../src/bench/comparison/comparison.ts";
import { pageReport } from "../../../src/bench/reports/page/page.ts";
import { sampleReport } from "../sample.ts";
import { benchPage, inFlight } from "./sample-page.ts";

/** The section of a page with this id. */
function section(page: string, id: string): string {
  return page.match(new RegExp(`<section id="${id}".*?</section>`, "s"))?.[0] ?? "";
}

test("the page plots gets against requests in flight, with both programs, the limit and their spread", async () => {
  const page = await benchPage();
  const plot = section(page, "get-hit");
  expect(plot.match(/<path class="line"[^>]*d="M[\d. ]+L/g)).toHaveLength(3);
  // From one height to another.
  const spreads = /class="spread" data-line="\d" d="M[\d.]+ ([\d.]+)V(?!\1")/g;
  expect(plot.match(spreads)).toHaveLength(3 * inFlight.length);
  expect(plot).toContain(`<title>program 0, get-hit/16: 1,600 a second</title>`);
  expect(section(page, "put")).toBe("");
  expect(section(page, "latency").match(/<figure/g)).toHaveLength(inFlight.length);
});

test("the page compares two programs, and shows each round", async () => {
  const page = await benchPage();
  expect(section(page, "to-program")).toMatch(/0\.50×.*0\.50 to 0\.50.*slower, but may be too slow/s);
  expect(section(page, "figures").match(/class="seen"/g)).toHaveLength(3 * 8 * inFlight.length);
});

test("a page of one program with one figure has no plot against requests in flight, and no comparison", async () => {
  const report = sampleReport([[100, 110, 90]]);
  const page = await pageReport(report, {
    warnings: ["<b>"],
    comparisons: comparisonsOf(report, undefined, undefined),
    most: undefined,
  });
  expect(section(page, "to-program") + section(page, "get-miss")).toBe("");
  expect(section(page, "figures")).toContain("100/s");
  expect(section(page, "notes")).toContain("<li>&#60;b&#62;</li>");
});
