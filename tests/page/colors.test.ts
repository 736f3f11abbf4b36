import { expect, test } from "bun:test";

/*
 * WCAG 2.2, AA: text has a contrast of 4.5 with what is behind it, and a part of a picture of 3.
 */

const style = await Bun.file(new URL("../../src/page/browser/page.css", import.meta.url)).text();
const [light = "", dark = ""] = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, rules]) => rules);

function colors(rules: string): Readonly<Record<string, string>> {
  const found = rules.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g);
  return Object.fromEntries([...found].map(([, name, color]) => [name, color]));
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one = "", other = ""): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

test("the formula is that of WCAG", () => {
  expect(contrast("#000000", "#ffffff")).toBe(21);
  expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
});

test.each([
  ["light", colors(light)],
  ["dark", colors(dark)],
])("%s: texts and pictures have enough contrast", (_, color) => {
  const texts = ["text", "muted", "link", "good", "warn", "info", "bad"];
  const pictures = ["edge", "busy", ...[0, 1, 2, 3, 4, 5].map((line) => `line-${line}`)];
  const weak = ["surface", "raised"].flatMap((behind) => [
    ...texts.filter((name) => contrast(color[name], color[behind]) < 4.5),
    ...pictures.filter((name) => contrast(color[name], color[behind]) < 3),
  ]);
  expect(weak).toEqual([]);
});
