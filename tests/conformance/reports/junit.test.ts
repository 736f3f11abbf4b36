import { expect, test } from "bun:test";
import { junitReport } from "../../../src/conformance/reports/junit.ts";
import { everyVerdict, failedResult, sampleCheck, sampleReport, staleEntry } from "../sample.ts";

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Parses XML into elements, as strictly as these tests need. @throws if it isn't well-formed */
function parse(xml: string): Element {
  const token =
    /<\?xml [^?]*\?>|<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|((?:[^<&]|&(?:#\d+|amp|lt|gt|quot|apos);)+)/y;
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open: Element[] = [root];
  if (/[[\p{Cc}\p{Cs}\ufffe\uffff]--[\t\n\r\x7f-\x9f]]/v.test(xml))
    throw new Error("a character that XML has not");
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const match = token.exec(xml);
    if (match === null) throw new Error(`not well-formed at ${xml.slice(at, at + 80)}`);
    const [, closing, name, attributes, empty, text] = match;
    const parent = open.at(-1) ?? root;
    if (text !== undefined) parent.text += unescaped(text);
    if (name === undefined) continue;
    if (closing) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> ends nothing`);
      continue;
    }
    const pairs = [...(attributes ?? "").matchAll(/([\w-]+)="([^"]*)"/g)];
    const values = pairs.map(([, key = "", value = ""]) => [key, unescaped(value)] as const);
    const element: Element = { name, attributes: Object.fromEntries(values), children: [], text: "" };
    parent.children.push(element);
    if (!empty) open.push(element);
  }
  if (open.length !== 1) throw new Error("an element is not ended");
  return root.children[0] ?? root;
}

function unescaped(text: string): string {
  if (/&(?!#\d+;|amp;|lt;|gt;|quot;|apos;)/.test(text)) throw new Error(`a bare & in ${text}`);
  return text.replace(/&#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code)));
}

test("JUnit has a suite for each group, a case for each check, and correct totals", () => {
  const root = parse(junitReport(sampleReport(everyVerdict(), { stale: [staleEntry("put/x passes now")] })));
  expect(root.name).toBe("testsuites");
  expect(root.attributes).toEqual({
    name: "cacheprogw check",
    tests: "10",
    failures: "2",
    errors: "2",
    skipped: "4",
    time: "6.200",
  });
  expect(root.children.map(({ attributes: { name, tests } }) => [name, tests])).toEqual([
    ["group", "6"],
    ["other", "3"],
    ["run", "1"],
  ]);
  for (const suite of root.children) {
    for (const kind of ["failure", "error", "skipped"]) {
      const count = suite.children.filter(({ children }) => children[0]?.name === kind).length;
      const sum = suite.attributes[{ failure: "failures", error: "errors" }[kind] ?? kind];
      expect(sum).toBe(String(count));
    }
  }
});

test("a JUnit case has its class, its time in seconds, and its finding", () => {
  const root = parse(junitReport(sampleReport([failedResult(sampleCheck("put/empty-body"))])));
  const [testcase] = root.children[0]?.children ?? [];
  expect(testcase?.attributes).toEqual({
    name: "put/empty-body",
    classname: "cacheprogw.put",
    time: "5.004",
  });
  expect(testcase?.children[0]?.attributes).toEqual({ message: "must: What put/empty-body requires." });
  expect(testcase?.children[0]?.text).toContain("\n  Stderr  cannot open <store> & co\n");
});

test("JUnit stays well-formed with any program output", () => {
  const all = String.fromCodePoint(...Array.from({ length: 0x180 }, (_, code) => code));
  const nasty = `${all}\ud800\udc00\ud800]]>\ufffe\uffff`;
  const result = { ...failedResult(sampleCheck("a/b")), expected: nasty, stderr: [nasty], rerun: nasty };
  const report = sampleReport([result], { notStarted: nasty, stderr: [nasty] });
  const root = parse(junitReport(report));
  expect(root.children).toHaveLength(2);
  const message = root.children[1]?.children[0]?.children[0]?.attributes.message ?? "";
  expect(message).toContain("\\x08\t\n\\x0b\\x0c\\x0d");
  expect(message).toContain(" !\"#$%&'()");
  expect(message).toEndWith("\ud800\udc00\\ud800]]>\\ufffe\\uffff");
});
