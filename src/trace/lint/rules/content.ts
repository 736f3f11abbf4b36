import type { Judge, NamedFile, Rule } from "../rule.ts";

/** The files that responses name, if they can be looked at: whether they hold what they should. */
export const contentRules: readonly Rule[] = [
  {
    id: "get/file",
    of: "file of a hit",
    file({ command, size, found }, judge) {
      if (command !== "get" || found === undefined) return;
      const kind = found.isFile ? `a regular file of ${found.size} bytes` : "not a regular file";
      judge.require(found.isFile && found.size === size, `a regular file of ${size} bytes`, () => kind);
    },
  },
  {
    id: "get/content",
    of: "file of a hit",
    file: (file, judge) => requireContent(file, "get", judge),
  },
  {
    id: "put/complete",
    of: "file of a put",
    file: (file, judge) => requireContent(file, "put", judge),
  },
  {
    id: "put/empty-body",
    of: "file of a put of an empty body",
    file({ command, size, found }, judge) {
      if (command === "put" && size === 0 && found !== undefined)
        judge.require(found.isFile && found.size === 0, "an empty file", () => `${found.size} bytes`);
    },
  },
  {
    id: "file/readable",
    of: "file",
    file({ found }, judge) {
      if (found === undefined || !found.isFile) return;
      judge.require((found.mode & 0o444) !== 0, "a mode with a read bit", () =>
        (found.mode & 0o777).toString(8),
      );
      if ("why" in found.content) judge.fail("a file that can be opened for reading", found.content.why);
    },
  },
  {
    id: "file/after-close",
    of: "file",
    file({ found }, judge) {
      judge.count(found !== undefined);
      judge.remark = `${judge.counted} of ${judge.looked} files still exist`;
    },
  },
  {
    id: "file/executable",
    of: "file that exists",
    file({ found }, judge) {
      if (found === undefined) return;
      judge.count((found.mode & 0o111) !== 0);
      judge.remark = `${judge.counted} of ${judge.looked} files are executable`;
    },
  },
];

function requireContent({ command, path, output, found }: NamedFile, of: "get" | "put", judge: Judge): void {
  if (command !== of || found === undefined || !found.isFile || !("sha256" in found.content)) return;
  const { sha256 } = found.content;
  judge.require(sha256 === output, `a file with the SHA-256 ${output}`, () => `${path} has ${sha256}`);
}
