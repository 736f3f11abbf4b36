import { describe, expect, test } from "bun:test";
import { foreignReport, foreignTexts, obeyed, unseenIn } from "../../../fixtures/foreign-text.ts";
import { formats } from "../../../src/conformance/reports/formats.ts";
import { jsonReport } from "../../../src/conformance/reports/json.ts";
import { findingText } from "../../../src/conformance/reports/text.ts";
import { shellWords } from "../../../src/conformance/sandbox/command-words.ts";
import { legible, oneLine } from "../../../src/safe-text.ts";

/*
 * With any program output, a report has the same structure, and its readers get the output as text. `bun run
 * read-back` uses more readers: PyYAML, tap-parser, markdown-it and others.
 */
const texts = Object.entries(foreignTexts).flatMap(([kind, each]) =>
  each.map((text, index) => [`${kind} (${index + 1})`, text] as const),
);
/** Two lines, because a single line is written differently. */
const harmless = foreignReport("two\nlines");

/** A page without what is in its scripts. */
function withoutScripts(page: string): string {
  return page.replace(/(<script[^>]*>).*?<\/script>/gs, "$1");
}

/** The names of a document's elements, in order. */
function tags(html: string): string[] {
  return html.match(/<\/?\w+/g) ?? [];
}

function html(markdown: string): string {
  return Bun.markdown.html(markdown, { autolinks: true });
}

describe.each(texts)("a text that harms %s", (_kind, text) => {
  const report = foreignReport(text);

  test("puts no CI command and no invisible character into any report", async () => {
    for (const [name, format] of Object.entries(formats)) {
      const log = await format(report);
      if (name !== "github") expect([name, obeyed(log)]).toEqual([name, []]);
      expect([name, unseenIn(name === "markdown" ? log.replace(/ℹ️|⚠️|☑️/g, "") : log)]).toEqual([name, []]);
    }
  });

  test("breaks no line of the GitHub report, and changes no property", () => {
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

  test("is unchanged in the JSON", () => {
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
    // A reader may show a tab as spaces.
    expect(spaced(unescaped(page))).toContain(spaced(legible(text)));
  });

  test("is text in the page: it has the same elements, and shows the text", async () => {
    const [page, before] = await Promise.all([formats.html(report), formats.html(harmless)]);
    expect(tags(withoutScripts(page))).toEqual(tags(withoutScripts(before)));
    const shown = legible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
    expect(withoutScripts(page)).toContain(`<pre>${shown}</pre>`);
  });

  test("is quoted in a command so that a shell returns it unchanged", () => {
    const word = text.toWellFormed().replaceAll("\0", "");
    if (!hasDollarQuotes && legible(word) !== word) return;
    const { stdout } = Bun.spawnSync([shell, "-c", `printf '%s|' ${shellWords(["a", word, "b"])}`]);
    expect(stdout.toString()).toBe(`a|${word}|b|`);
  });
});

const shell = Bun.which("bash") ?? "sh";
/** Shells from before POSIX.1-2024 don't support $'…'. */
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
      // XML allows these characters; others are already written as numbers.
      expect(withoutBreaks(message)).toBe(withoutBreaks(legible(report.notStarted ?? "")));
    }
  },
);

/** XML output can't contain a CI command at the start of a line: the texts have no line breaks there. */
function withoutBreaks(text: string): string {
  return text.replaceAll("\\x3a:", "::").replaceAll("#\\x23", "##");
}
