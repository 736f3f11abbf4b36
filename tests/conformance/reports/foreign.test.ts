import { describe, expect, test } from "bun:test";
import { foreignReport, foreignTexts, obeyed, unseenIn } from "../../../fixtures/foreign-text.ts";
import { findingText } from "../../../src/conformance/reports/finding.ts";
import { formats } from "../../../src/conformance/reports/formats.ts";
import { jsonReport } from "../../../src/conformance/reports/json.ts";
import { shellWords } from "../../../src/conformance/sandbox/command-words.ts";
import { legible, oneLine } from "../../../src/safe-text.ts";

/*
 * Whatever a program writes, a report of it has the same shape, and its readers find the text as text. `bun run
 * read-back` has more readers: those of PyYAML, tap-parser, markdown-it and others.
 */
const texts = Object.entries(foreignTexts).flatMap(([kind, each]) =>
  each.map((text, index) => [`${kind} (${index + 1})`, text] as const),
);
/** Two lines, since a text of one is written in another way. */
const harmless = foreignReport("two\nlines");

/** The elements of a document in order, without what they hold. */
function tags(html: string): string[] {
  return html.match(/<\/?\w+/g) ?? [];
}

function html(markdown: string): string {
  return Bun.markdown.html(markdown, { autolinks: true });
}

describe.each(texts)("a text that harms %s", (_kind, text) => {
  const report = foreignReport(text);

  test("holds no command to a runner of CI, and nothing that nobody sees, in any report", () => {
    for (const [name, format] of Object.entries(formats)) {
      const log = format(report);
      if (name !== "github") expect([name, obeyed(log)]).toEqual([name, []]);
      expect([name, unseenIn(name === "markdown" ? log.replace(/ℹ️|⚠️|☑️/g, "") : log)]).toEqual([name, []]);
    }
  });

  test("breaks no line of GitHub's, and changes none of its properties", () => {
    const lines = formats.github(report).trimEnd().split("\n");
    const before = formats.github(harmless).trimEnd().split("\n");
    expect(obeyed(formats.github(report))).toEqual(lines);
    expect(lines).toHaveLength(before.length);
    for (const [index, line] of lines.entries()) {
      const [, head = "", data = ""] = /^::(.*?)::(.*)$/.exec(line) ?? [];
      const names = (properties: string) =>
        properties.split(",").map((property) => property.split("=", 1)[0]);
      expect(names(head)).toEqual(names(/^::(.*?)::/.exec(before[index] ?? "")?.[1] ?? ""));
      expect(data).not.toMatch(/##\w*\[|%(?!25|0A)/);
    }
  });

  test("is in the JSON as it was", () => {
    expect(JSON.parse(formats.json(report))).toEqual(jsonReport(report));
  });

  test("is text in TAP: each point is one line, and its YAML says the same", () => {
    const tap = formats.tap(report);
    const points = [...tap.matchAll(/^(not ok|ok) (\d+) - (.*)$/gm)];
    expect(points.map(([, ok]) => ok)).toEqual(
      [...formats.tap(harmless).matchAll(/^(not ok|ok) /gm)].map(([, ok]) => ok),
    );
    expect(tap).toStartWith(`TAP version 14\n1..${points.length}\n`);
    const blocks = [...tap.matchAll(/^ {2}---\n(.*?)^ {2}\.\.\.\n/gms)].map(([, yaml = ""]) =>
      Bun.YAML.parse(yaml),
    );
    const failed = report.results.find(({ verdict }) => verdict === "failed");
    if (failed === undefined) throw new Error("no check failed");
    expect(blocks).toEqual([
      { level: "must", finding: findingText(failed) },
      { "could not run": legible(text) },
      { "internal error": legible(text) },
    ]);
    const rest = tap.replace(/^ {2}---\n.*?^ {2}\.\.\.\n/gms, "").split("\n");
    expect(rest.filter((line) => !/^(not ok|ok) \d+ - |^TAP version 14$|^1\.\.|^$/.test(line))).toEqual([]);
    const named = points.map(([, , , words = ""]) => words.replace(/\\./g, "").match(/#/g)?.length ?? 0);
    expect(Math.max(...named)).toBe(1);
  });

  test("is text in Markdown: the page has the same elements, and what it shows is the text", () => {
    const markdown = formats.markdown(report);
    const page = html(markdown);
    expect(tags(page)).toEqual(tags(html(formats.markdown(harmless))));
    const codes = [...page.matchAll(/<td><code>(.*?)<\/code><\/td>/g)].map(([, code = ""]) =>
      unescaped(code),
    );
    expect(codes).toContain(oneLine(text).replaceAll("\\|", "\\\\x7c"));
    // A reader may show a tab as blanks.
    expect(spaced(unescaped(page))).toContain(spaced(legible(text)));
  });

  test("is in a command for a shell that gives it back", () => {
    const word = text.toWellFormed().replaceAll("\0", "");
    if (!hasDollarQuotes && legible(word) !== word) return;
    const { stdout } = Bun.spawnSync([shell, "-c", `printf '%s|' ${shellWords(["a", word, "b"])}`]);
    expect(stdout.toString()).toBe(`a|${word}|b|`);
  });
});

const shell = Bun.which("bash") ?? "sh";
/** A shell from before POSIX.1-2024 has not. */
const hasDollarQuotes = Bun.spawnSync([shell, "-c", "printf %s $'\\101'"]).stdout.toString() === "A";

function spaced(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

const python = Bun.which("python3");
const readXML = `
import json, sys, xml.etree.ElementTree as tree
def read(xml):
    root = tree.fromstring(xml)
    names = [[e.tag] + sorted(e.keys()) for e in root.iter()]
    failure = root.find(".//failure")
    return [names, failure.text, root.find(".//*[@name='run/start']/error").get("message")]
print(json.dumps([read(xml) for xml in json.load(sys.stdin)]))
`;

test.skipIf(python === null)(
  "JUnit is read by Python's parser of XML, which finds the text (needs Python)",
  () => {
    const reports = texts.map(([, text]) => foreignReport(text));
    const input = JSON.stringify([harmless, ...reports].map(formats.junit));
    const { stdout, stderr } = Bun.spawnSync([python ?? "", "-c", readXML], { stdin: Buffer.from(input) });
    expect(stderr.toString()).toBe("");
    const [before, ...read]: [names: string[][], finding: string, message: string][] = JSON.parse(
      stdout.toString(),
    );
    for (const [index, [elements, finding, message]] of read.entries()) {
      const report = reports[index];
      const failed = report?.results.find(({ verdict }) => verdict === "failed");
      if (report === undefined || failed === undefined) throw new Error("no check failed");
      expect(elements).toEqual(before?.[0] ?? []);
      expect(finding).toBe(findingText(failed));
      // XML has these characters; what has no place in it is a number already.
      expect(withoutBreaks(message)).toBe(withoutBreaks(legible(report.notStarted ?? "")));
    }
  },
);

/** Where a text ends and a line begins, a command to a runner can not be in XML: it has no line breaks there. */
function withoutBreaks(text: string): string {
  return text.replaceAll("\\x3a:", "::").replaceAll("#\\x23", "##");
}
