import { expect, test } from "bun:test";
import { html } from "../../src/page/html.ts";

const hostile = `</script><img src=x onerror="alert('1')">&amp;\u202e\n`;

test("texts are escaped, in elements and in attributes; markup isn't, twice", () => {
  const inner = html`<b title="${hostile}">${hostile}</b>`;
  const escaped =
    "&#60;/script&#62;&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;amp;\\u202e\n";
  expect(inner.text).toBe(`<b title="${escaped}">${escaped}</b>`);
  expect(html`<p>${[inner, "<"]}</p>`.text).toBe(`<p>${inner.text}&#60;</p>`);
});

test("nothing is nothing, and 0 is a number", () => {
  expect(html`${undefined}${false}${[]}${""}${0}`.text).toBe("0");
});
