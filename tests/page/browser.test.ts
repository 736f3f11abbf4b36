import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { formats } from "../../src/conformance/reports/formats.ts";
import { pageOf } from "../../src/trace/report/page/page.ts";
import { reportOn } from "../../src/trace/report/report.ts";
import { benchPage } from "../bench/reports/sample-page.ts";
import { everyVerdict, sampleReport } from "../conformance/sample.ts";
import { madeTrace } from "../trace/report/page/made-trace.ts";
import { Browser, browserPath, needsBrowser } from "./browser.ts";
import { Part } from "./part.ts";

/*
 * The pages in a real browser. One browser for all: its start takes longer than the tests.
 */

const browser = new Browser();
afterAll(() => browser[Symbol.asyncDispose]());
afterEach(() => expect(browser.troubles.splice(0)).toEqual([]));

const hostile = `</script><img src="https://example.com/x.png" onerror="console.error('it ran')">'"\n\u202e&amp;`;

/** Two go processes, with a hostile package, command and error. */
const traces = [
  madeTrace({
    actions: 2_000,
    packageOf: (action) => `example.com/${action === 5 ? hostile : `p${action % 100}`}`,
    errorOf: (action) => (action === 7 ? hostile : ""),
  }),
  madeTrace({ actions: 10, command: ["go", "vet", hostile], started: "2026-11-26T10:00:01.000000Z" }),
];

describe.skipIf(browserPath === undefined)(`the page of a trace ${needsBrowser}`, () => {
  let text = "";
  let view: Bun.WebView;
  let requests: Part;

  beforeEach(async () => {
    text ||= await pageOf(traces, reportOn(traces));
    view = await browser.open(text);
    requests = new Part(view, "#requests");
  });

  test("draws the timeline, and puts only the rows in view in the document", async () => {
    const colors = `(() => {
      const canvas = document.querySelector("#requests canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 60, canvas.width, canvas.height - 60);
      const seen = new Set();
      for (let at = 0; at < data.length; at += 4) seen.add(data.subarray(at, at + 3).join());
      return ["20,120,90", "165,80,10", "58,91,192", "192,25,60"].map((color) => seen.has(color));
    })()`;
    expect(await requests.read(colors)).toEqual([true, true, true, true]);
    expect((await requests.column(0)).length).toBeLessThan(60);
    const all = traces.reduce((sum, { trace }) => sum + trace.requests.length, 0);
    expect(await requests.shown()).toBe(all);
    expect(await requests.read(`document.querySelector("#requests table").ariaRowCount`)).toBe(
      String(all + 1),
    );
    await requests.read(`document.querySelector("#requests .grid").scrollTop = 1e9`);
    const last = `[...document.querySelectorAll("#requests tbody tr[aria-rowindex]")].at(-1).ariaRowIndex`;
    expect(await requests.read(last)).toBe(String(all + 1));
  });

  test("filters by words and by choice, and texts of a trace stay texts", async () => {
    await view.scrollTo("#requests .toolbar", { block: "start" });
    await view.click("#requests input[type=search]");
    await view.type("p18 output");
    expect(await requests.shown()).toBeLessThan(50);
    expect(new Set(await requests.column(3))).toEqual(new Set(["test output example.com/p18"]));
    await requests.input("input[type=search]", "");
    await requests.input("label:nth-of-type(3) select", "=error");
    expect(await requests.shown()).toBe(1);
    await requests.read(`document.querySelector("#requests table").focus()`);
    await view.press("ArrowDown");
    const details = await requests.read(`document.querySelector("#requests .details").textContent`);
    expect(details).toContain(hostile.replace("\u202e", "\\u202e"));
    expect(await requests.read(`document.querySelectorAll("img").length`)).toBe(0);
  });

  test("sorts by a column, down and up", async () => {
    const heading = "#requests thead th:nth-child(5)";
    await view.scrollTo(heading, { block: "center" });
    await view.click(`${heading} button`);
    expect(await requests.read(`document.querySelector("${heading}").ariaSort`)).toBe("descending");
    expect((await requests.column(4))[0]).toMatch(/ ms$/);
    await view.click(`${heading} button`);
    expect(await requests.read(`document.querySelector("${heading}").ariaSort`)).toBe("ascending");
    expect((await requests.column(4))[0]).toMatch(/ µs$/);
  });

  test("zooms and moves by buttons, keys and the wheel; the table shows what is in view", async () => {
    const where = () => requests.read(`document.querySelector("#requests .where").textContent`);
    const whole = await where();
    await view.scrollTo("#requests .controls", { block: "start" });
    await view.click("#requests .controls button");
    const half = await where();
    expect(half).not.toBe(whole);
    await requests.read(`document.querySelector("#requests .stage").focus()`);
    await view.press("ArrowRight");
    expect(await where()).not.toBe(half);
    await requests.read(`document.querySelector("#requests .check input").click()`);
    const inView = await requests.shown();
    expect(await where()).toEndWith(`: ${inView.toLocaleString("en-US")} requests`);
    await requests.read(`document.querySelector("#requests canvas").dispatchEvent(
      new WheelEvent("wheel", { deltaY: -200, ctrlKey: true, bubbles: true, cancelable: true }))`);
    expect(await requests.shown()).toBeLessThan(inView);
    await view.press("0");
    expect(await where()).toBe(whole);
  });

  test("a package leads to its requests", async () => {
    const packages = new Part(view, "#packages");
    await packages.input("input[type=search]", "example.com/p42");
    await packages.read(`document.querySelector("#packages tbody tr:not(.spacer)").click()`);
    await packages.read(`document.querySelector("#packages .details button").click()`);
    expect((await requests.column(3)).filter((what) => !what.endsWith(" example.com/p42"))).toEqual([]);
    expect(await requests.shown()).toBeGreaterThan(10);
  });

  test("a link to a request selects it, in the table and in the timeline", async () => {
    await view.scrollTo("#slowest table button");
    const took = await requests.read(`document.querySelector("#slowest td:nth-child(4)").textContent`);
    await view.click("#slowest table button");
    const selected = `document.querySelector("#requests tr[aria-selected=true] td:nth-child(5)").textContent`;
    expect(await requests.read(selected)).toBe(took);
  });
});

describe.skipIf(browserPath === undefined)(`the page of a check ${needsBrowser}`, () => {
  const wire = { check: "group/failed", process: 1, direction: "from" } as const;
  const conversation = [
    { ...wire, time: 5, message: { ID: 0, KnownCommands: [hostile] } },
    { ...wire, time: 9, direction: "stderr", text: hostile } as const,
  ];
  const results = everyVerdict().map((result) =>
    result.verdict === "failed" ? { ...result, conversation } : result,
  );

  test("filters findings, opens a conversation, and finds a check in the table", async () => {
    const view = await browser.open(await formats.html(sampleReport(results)));
    const findings = new Part(view, "#findings");
    const shown = `[...document.querySelectorAll("#findings .finding")].filter((each) => each.checkVisibility()).length`;
    expect(await findings.read(shown)).toBe(5);
    await findings.input("select", "failed");
    expect(await findings.read(shown)).toBe(2);
    await findings.input("input", "group/should");
    expect(await findings.read(shown)).toBe(1);
    await view.click("#finding-group\\/should summary");
    expect(
      await findings.read(`document.querySelector("#finding-group\\\\/should tbody").innerText`),
    ).toContain("onerror=");
    const checks = new Part(view, "#checks");
    await checks.input("input[type=search]", "known");
    expect(await checks.column(0)).toEqual(["other/known"]);
  });
});

test.skipIf(browserPath === undefined)(
  `the page of bench loads, and its plots fit a narrow window ${needsBrowser}`,
  async () => {
    const view = await browser.open(await benchPage(), 400, 800);
    const page = new Part(view, "main");
    const widths = `[...document.querySelectorAll("figure.plot > svg")].map((plot) => plot.getBoundingClientRect().right <= innerWidth)`;
    expect(await page.read(widths)).toEqual([true, true, true, true]);
    expect(await page.read("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  },
);

test.skipIf(browserPath === undefined)(
  `the page of a build that asked nothing loads ${needsBrowser}`,
  async () => {
    const { trace, names } = madeTrace({ actions: 0 });
    const traces = [{ trace: { ...trace, requests: [] }, names }];
    const view = await browser.open(await pageOf(traces, reportOn(traces)));
    expect(await new Part(view, "#requests").shown()).toBe(0);
  },
);
