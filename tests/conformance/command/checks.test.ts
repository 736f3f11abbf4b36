import { afterAll, expect, test } from "bun:test";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import { faults } from "../../../src/conformance/faults.ts";
import { markdownChecks } from "../../../src/conformance/reports/markdown.ts";
import { Sandbox } from "../../cli/sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

async function cacheprogw(...args: string[]) {
  const { code, stdout, stderr } = await sandbox.run(args);
  return { code, stdout: stdout.toString(), stderr };
}

test("checks lists every check with its level, requirement and source", async () => {
  const { code, stdout } = await cacheprogw("checks");
  for (const { id, level } of catalogue) expect(stdout).toMatch(new RegExp(`^  ${id} +${level} +\\S`, "m"));
  expect(stdout).toMatch(/^handshake\n/);
  expect(stdout).toContain("  https://github.com/golang/go/blob/");
  expect(stdout.split("\n").filter((line) => line.length > 80 && !line.includes("https://"))).toEqual([]);
  expect(code).toBe(0);
});

test("checks --json lists the same, with the faults that fail each check", async () => {
  const { stdout } = await cacheprogw("checks", "--json");
  const list: { id: string; link: string | null; faults: string[] }[] = JSON.parse(stdout);
  expect(list.map(({ id }) => id)).toEqual(catalogue.map(({ id }) => id));
  expect(list.find(({ id }) => id === "handshake/once")).toMatchObject({
    level: "must",
    source: "cmd/go/internal/cache/prog.go, readLoop",
    link: expect.stringContaining("https://"),
    go: { outcome: "fatal" },
    faults: faults.filter(({ fails }) => fails.includes("handshake/once")).map(({ name }) => name),
  });
});

test("checks ID explains one check; several ids or a pattern are listed", async () => {
  const { stdout } = await cacheprogw("checks", "handshake/once");
  expect(stdout).toStartWith(
    "handshake/once\n\nThere is only one hello: no later message has ID 0.\n\nLevel   must\n",
  );
  expect(stdout).toContain('\nGo      go build would fail with "unknown request ID 0" (fatal)\n');
  expect(stdout).toContain("\nSource  cmd/go/internal/cache/prog.go, readLoop\n        https://");
  expect(stdout).toContain("\nQuote   With the exception of the first protocol message");
  const { stdout: confirmed } = await cacheprogw("checks", "processes/same-entries");
  expect(confirmed).toContain("\nSeen    in go, with the fault shares-temporary-file\n");
  expect(stdout).toContain("--fault hello-twice --dir {dir}\n");
  expect((await cacheprogw("checks", "handshake/o*")).stdout).toStartWith("handshake\n  handshake/once ");
});

test("checks --report markdown prints the table of the suite's README", async () => {
  const { stdout } = await cacheprogw("checks", "--report", "markdown");
  expect(stdout).toBe(markdownChecks(catalogue));
  const [head, rule, ...rows] = stdout.trimEnd().split("\n");
  expect([head, rule]).toEqual(["| check | level | requirement | if violated |", "|---|---|---|---|"]);
  expect(rows).toHaveLength(catalogue.length);
  // A bar inside a cell is escaped.
  for (const row of rows) expect(row.replaceAll("\\|", "").split("|")).toHaveLength(6);
});

test("checks rejects an unknown id, and suggests the nearest", async () => {
  const [id, format] = await Promise.all([
    cacheprogw("checks", "handshake/onec"),
    cacheprogw("checks", "--report", "markdwon"),
  ]);
  expect(id.stderr).toContain('there is no check "handshake/onec". Did you mean "handshake/once"?');
  expect(format.stderr).toContain('expected one of: text, json, markdown. Did you mean "markdown"?');
  expect([id.code, format.code]).toEqual([2, 2]);
});

test("serve --fault runs a program with that fault; its help lists all, which the error for a wrong name says", async () => {
  const get = `{"ID":1,"Command":"get","ActionID":"${"A".repeat(43)}="}\n\n`;
  const [faulty, help, wrong] = await Promise.all([
    sandbox.run(["serve", "--fault", "hello-id"], { stdin: get }),
    cacheprogw("help", "serve"),
    cacheprogw("serve", "--fault", "helo-id"),
  ]);
  expect(faulty.stdout.toString()).toStartWith('{"ID":1,"KnownCommands":["get","put","close"]}\n');
  for (const { name } of faults) expect(help.stdout).toMatch(new RegExp(`^  ${name} +[A-Z]`, "m"));
  expect(wrong.stderr).toBe(
    'cacheprogw: unknown fault "helo-id". Did you mean "hello-id"? The help lists all faults.\nSee: cacheprogw serve --help\n',
  );
  expect(wrong.code).toBe(2);
});
