import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBuildIDs } from "../../../src/trace/report/build-ids.ts";
import { hit, made, miss } from "./made.ts";

const folder = mkdtempSync(join(tmpdir(), "cacheprogw-"));
afterAll(() => rmSync(folder, { recursive: true }));

const id = new Uint8Array(15).fill(0xab);
const archive = `!<arch>\n__.PKGDEF       0           0     0     644     370       \`\ngo object linux amd64 go1.26.8\nbuild id "${id.toBase64({ alphabet: "base64url" })}/Qo0MBsbMABq7wItzkmEL"\n\n`;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("the build ids of compiled packages that were hits; of nothing else, and of no file that is gone", () => {
  const path = file("archive", archive);
  const found = readBuildIDs(
    made([
      hit("build|a", { path }),
      hit("build|text", { path: file("text", "text") }),
      hit("build|empty", { path: file("empty", "") }),
      hit("build|folder", { path: folder }),
      hit("build|gone", { path: join(folder, "gone") }),
      hit("build|relative", { path: "archive" }),
      hit("vet|a", { path }),
      miss("build|missed", { path }),
    ]),
  );
  expect([...found]).toEqual([["build|a", "ab".repeat(15)]]);
});
