import { expect, test } from "bun:test";
import { explorer, html, pageText, textColumn } from "../../src/page/index.ts";

const hostile = `</script><!--<script>"'\u2028\n`;

const page = await pageText({
  title: hostile,
  generator: "a test",
  header: html`<h1>${hostile}</h1>`,
  sections: [{ id: "all", title: hostile, content: explorer("all", hostile) }],
  footer: hostile,
  records: new Map([
    [
      "all",
      {
        count: 1,
        noun: ["word", "words"],
        columns: [textColumn({ key: "word", title: "Word" }, [hostile], (word) => word)],
      },
    ],
  ]),
});

/** The elements of a page with this name: their start tags and what they contain. */
function elements(name: string): { tag: string; text: string }[] {
  const found = page.matchAll(new RegExp(`(<${name}\\b[^>]*>)([^]*?)</${name}>`, "g"));
  return [...found].map(([, tag = "", text = ""]) => ({ tag, text }));
}

test("texts can't end an element: there are two scripts, the data and the code", () => {
  const [data, code, ...more] = elements("script");
  expect(more).toEqual([]);
  expect(data?.tag).toBe(`<script type="application/json" id="records-all">`);
  expect(JSON.parse(data?.text ?? "").columns[0].words).toEqual([`</script><!--<script>"'\\u2028\n`]);
  expect(code?.tag).toBe("<script>");
  expect(page).not.toContain("<!--");
});

test("the page allows its own script and style, and nothing else", () => {
  const [, policy = ""] = page.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/) ?? [];
  const hash = (text = "") =>
    `&#39;sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}&#39;`;
  expect(policy.split("; ")).toEqual([
    "default-src &#39;none&#39;",
    `script-src ${hash(elements("script")[1]?.text)}`,
    `style-src ${hash(elements("style")[0]?.text)}`,
    "base-uri &#39;none&#39;",
    "form-action &#39;none&#39;",
  ]);
});

test("the page names no other file", () => {
  expect(page).not.toMatch(/https?:|url\(|@import|\bimport\(|\bfetch\(|XMLHttpRequest|<link|<iframe/);
  expect([...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, to]) => to)).toEqual(["#content", "#all"]);
});
