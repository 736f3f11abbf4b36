import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { catalogue, markdownChecks } from "../../src/conformance/index.ts";
import { terminalSVG } from "../tools/terminal-svg.ts";

const file = join(resolve(import.meta.dir, "../.."), ".github/check.svg");

test("the README's picture shows the current output of check; otherwise run bun tests/tools/picture.ts", () => {
  const texts = [...readFileSync(file, "utf8").matchAll(/<text [^>]*>([^<]*)/g)].map(([, text = ""]) => text);
  const shown = texts.flatMap((text) => text.match(/^put\/[\w-]+(?= {2})/) ?? []);
  expect(shown).toEqual(catalogue.map(({ id }) => id).filter((id) => id.startsWith("put/")));
  const row = markdownChecks(catalogue)
    .split("\n")
    .find((line) => line.includes("put/replaced-by-nothing"));
  const [, , , requirement = "missing", consequence = "missing"] =
    row?.split(" | ").join("|").split("|") ?? [];
  const all = texts.join(" ");
  expect(all).toContain(Bun.escapeHTML(requirement));
  expect(all).toContain(Bun.escapeHTML(consequence.trim()));
});

test("the README's picture of a page is small; bun tests/tools/page-picture.ts makes it", () => {
  expect(readFileSync(join(resolve(import.meta.dir, "../.."), "README.md"), "utf8")).toContain(
    "(.github/report.webp)",
  );
  const bytes = readFileSync(join(file, "../report.webp"));
  expect(bytes.subarray(8, 12).toString()).toBe("WEBP");
  expect(bytes.length).toBeLessThan(60_000);
});

test("a picture shows the final state of the terminal, with styles, in columns", () => {
  const svg = terminalSVG(
    "\x1b[2m 1/2 passing\x1b[22m\r\x1b[K  \x1b[32m✓\x1b[39m a<b\r\n\n\x1b[1mend\x1b[22m\n",
    "a & b",
  );
  expect(svg).not.toContain("passing");
  expect(svg).toContain('<title id="title">a &amp; b</title>');
  expect(svg).toContain('<text x="32" y="29" textLength="8" xml:space="preserve" class="green">✓</text>');
  expect(svg).toContain('<text x="48" y="29" textLength="24" xml:space="preserve">a&lt;b</text>');
  expect(svg).toContain('<text x="16" y="65" textLength="24" xml:space="preserve" class="bold">end</text>');
  expect(() => terminalSVG("\x1b[2J", "")).toThrow("can't draw the control sequence");
});
