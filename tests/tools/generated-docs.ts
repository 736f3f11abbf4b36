import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { catalogue, markdownChecks } from "../../src/conformance/index.ts";
import { errorCodes } from "../../src/errors.ts";
import { clientRequirements } from "../../src/trace/lint/rules/client.ts";
import { rules as lintRules, unseen } from "../../src/trace/lint/rules.ts";
import { actionKinds } from "../../src/trace/names/action-name.ts";
import { rules } from "../../src/trace/report/findings/rules.ts";
import { runTool } from "./command-line.ts";

const usage = `usage: bun tests/tools/generated-docs.ts

Updates the generated parts of the documents, which are between <!-- generated: NAME --> and <!-- end -->.
`;

export const root = resolve(import.meta.dir, "../..");

/** The documents for users, relative to the root. */
export const documents = [
  "README.md",
  "src/conformance/README.md",
  "src/bench/README.md",
  "src/client/README.md",
  "src/server/README.md",
  "src/step/README.md",
  "src/trace/README.md",
] as const;

const parts: Readonly<Record<string, () => string>> = {
  checks: () => markdownChecks(catalogue),
  errors: () => {
    const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |\n`);
    return `| code | meaning |\n|---|---|\n${rows.join("")}`;
  },
  findings: () => {
    const rows = rules.map(({ id, level, why, advice }) => `| \`${id}\` | ${level} | ${why} | ${advice} |\n`);
    return `| finding | level | why | what to do |\n|---|---|---|---|\n${rows.join("")}`;
  },
  kinds: () => {
    const rows = Object.entries(actionKinds).map(([kind, holds]) => `| ${kind} | ${holds} |\n`);
    return `| kind | its entry holds |\n|---|---|\n${rows.join("")}`;
  },
  lint: () => {
    const groups = Map.groupBy(catalogue, ({ id }) => visibility(id));
    const checks = [...groups].map(
      ([visible, those]) => `| ${visible} | ${those.map(({ id }) => `\`${id}\``).join(", ")} |\n`,
    );
    const client = clientRequirements.map(
      ({ id, level, requirement }) => `| \`${id}\` | ${level} | ${requirement} |\n`,
    );
    return `| shown by traffic | checks |\n|---|---|\n${checks.join("")}
| check of the client | level | requirement |\n|---|---|---|\n${client.join("")}`;
  },
  example: () => `\`\`\`js\n${checkSource("get.ts", "get/miss")}\`\`\`\n`,
};

/** Whether traffic shows a check, or why not. */
function visibility(id: string): string {
  const rule = lintRules.find((each) => each.id === id);
  if (rule === undefined) return `no: ${unseen[id] ?? unseen[id.slice(0, id.indexOf("/"))]}`;
  return rule.file === undefined ? "yes" : "with `--files`";
}

/** The source code of a check. */
function checkSource(file: string, id: string): string {
  const text = readFileSync(join(root, "src/conformance/checks", file), "utf8");
  const checks = text.split(/^(?= {2}\{\n {4}id: )/m);
  const source = checks.find((check) => check.includes(`id: "${id}"`));
  if (source === undefined) throw new Error(`${file} has no check ${id}`);
  return source.replace(/^ {2}/gm, "");
}

/** A document with its generated parts updated. @throws {Error} for an unknown part */
export function withGeneratedParts(text: string): string {
  return text.replace(/(<!-- generated: (.*?) -->\n).*?(?=<!-- end -->)/gs, (_, marker, name) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`unknown generated part: ${name}`);
    return `${marker}\n${part()}\n`;
  });
}

if (import.meta.main)
  await runTool({ name: "generated-docs", usage }, async () => {
    for (const path of documents) {
      const file = Bun.file(join(root, path));
      await file.write(withGeneratedParts(await file.text()));
    }
    return 0;
  });
