import { afterAll, beforeAll, expect, test } from "bun:test";
import { pageOf } from "../../../src/trace/report/page/page.ts";
import { reportOn } from "../../../src/trace/report/report.ts";
import { Browser, browserPath, needsBrowser } from "../../page/browser.ts";
import { madeTrace } from "../../trace/report/page/made-trace.ts";

/*
 * The page of 100,000 requests opens in less than two seconds, and scrolls and zooms smoothly. What is measured is the
 * time of the page's own thread: other programs don't count.
 */

const browser = new Browser();
afterAll(() => browser[Symbol.asyncDispose]());

const drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))";
let page = "";

beforeAll(async () => {
  const trace = madeTrace({ actions: 84_000 });
  expect(trace.trace.requests.length).toBeGreaterThan(100_000);
  page = await pageOf([trace], reportOn([trace]));
});

/** What the thread of the page has used, in ms. */
async function used(view: Bun.WebView): Promise<Readonly<Record<string, number>>> {
  const { metrics } = await view.cdp<{ metrics: { name: string; value: number }[] }>(
    "Performance.getMetrics",
  );
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value * 1_000]));
}

/** In the page: does something in each of some frames. */
function inFrames(count: number, step: string): string {
  return `(async () => { for (let frame = 0; frame < ${count}; frame++) {
    ${step}
    await new Promise(requestAnimationFrame);
  } })()`;
}

test.skipIf(browserPath === undefined)(
  `100,000 requests open, scroll and zoom fast ${needsBrowser}`,
  async () => {
    const view = await browser.open("<title>empty</title>");
    await view.cdp("Performance.enable", { timeDomain: "threadTicks" });
    await browser.open(page);
    await view.evaluate(drawn);
    const opened = await used(view);
    await view.evaluate(`document.querySelector("#requests .grid").scrollIntoView()`);
    await view.evaluate(inFrames(60, `document.querySelector("#requests .grid").scrollTop += 104;`));
    const scrolled = await used(view);
    const zoom = `document.querySelector("#requests .stage").dispatchEvent(
    new KeyboardEvent("keydown", { key: frame % 2 ? "-" : "+", bubbles: true }));`;
    await view.evaluate(inFrames(20, zoom));
    const zoomed = await used(view);
    const each = (name: string, before: typeof opened, after: typeof opened, frames: number) =>
      ((after[name] ?? 0) - (before[name] ?? 0)) / frames;
    const figures = {
      open: opened.TaskDuration,
      scroll: each("ScriptDuration", opened, scrolled, 60) + each("LayoutDuration", opened, scrolled, 60),
      zoom: each("ScriptDuration", scrolled, zoomed, 20),
    };
    console.log(figures, `ms; the page has ${(page.length / 1e6).toFixed(1)} MB`);
    expect(figures.open).toBeLessThan(2_000);
    // A frame has 16 ms, and painting takes its part.
    expect(figures.scroll).toBeLessThan(8);
    expect(figures.zoom).toBeLessThan(16);
    expect(browser.troubles).toEqual([]);
  },
);
