import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkOf } from "../../../src/conformance/reports/link.ts";
import { absoluteWords, shellWords } from "../../../src/conformance/sandbox/command-words.ts";

test("the program's path and the paths of existing files among its arguments become absolute, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "cacheprogw-"));
  try {
    writeFileSync(join(folder, "server.ts"), "");
    mkdirSync(join(folder, "serve"));
    mkdirSync(join(folder, "data/store"), { recursive: true });
    const cases: [words: string[], absolute: string[]][] = [
      [
        ["bun", "./server.ts"],
        ["bun", join(folder, "server.ts")],
      ],
      [
        ["bun", "server.ts", "--dir", "{dir}"],
        ["bun", join(folder, "server.ts"), "--dir", "{dir}"],
      ],
      [
        ["./prog", "--dir", "data/store"],
        [join(folder, "prog"), "--dir", join(folder, "data/store")],
      ],
      [
        ["cacheprogw", "serve"],
        ["cacheprogw", "serve"],
      ],
      [
        ["server.ts", "/etc/passwd", "", "{dir}/x"],
        ["server.ts", "/etc/passwd", "", "{dir}/x"],
      ],
      [
        ["linked/../prog", "../server.ts"], // relative to the target of the link
        [`${folder}/linked/../prog`, "../server.ts"],
      ],
      [["./serve/../../prog"], [`${folder}/./serve/../../prog`]],
      [["../prog"], [join(folder, "../prog")]],
      [
        ["x", "server.ts/y", "a\0b", "n".repeat(5_000)],
        ["x", "server.ts/y", "a\0b", "n".repeat(5_000)],
      ],
    ];
    for (const [words, absolute] of cases) expect(absoluteWords(words, folder)).toEqual(absolute);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("words are quoted so that a shell reads them unchanged", () => {
  const words = [
    "./prog",
    "{dir}",
    "{dir}/a",
    "{a,b}",
    "it's",
    "",
    "$HOME",
    "a b",
    "~",
    "*",
    "#x",
    "=ls",
    "a\nb",
    "é",
  ];
  const { stdout } = Bun.spawnSync(["sh", "-c", `printf '%s\\0' ${shellWords(words)}`]);
  expect(stdout.toString().split("\0").slice(0, -1)).toEqual(words);
  expect(shellWords(["./my-cacheprog", "--dir", "{dir}"])).toBe("./my-cacheprog --dir {dir}");
});

test("a source links to its page, if there is one", () => {
  const cases: [source: string, link: string | undefined][] = [
    [
      "cmd/go/internal/cache/prog.go, startCacheProg",
      "https://github.com/golang/go/blob/release-branch.go1.24/src/cmd/go/internal/cache/prog.go",
    ],
    ["cmd/go/internal/cacheprog", "https://pkg.go.dev/cmd/go/internal/cacheprog"],
    [
      "cmd/go/internal/cacheprog, Response.Miss",
      "https://pkg.go.dev/cmd/go/internal/cacheprog#Response.Miss",
    ],
    ["go issue 70848: cmd/go/internal/cache/prog.go", "https://go.dev/issue/70848"],
    [
      "cmd/go/internal/cache/prog.go, ProgRequest (go1.21 to go1.23)",
      "https://github.com/golang/go/blob/release-branch.go1.23/src/cmd/go/internal/cache/prog.go",
    ],
    ["the purpose of a cache", undefined],
  ];
  for (const [source, link] of cases) expect(linkOf(source)).toBe(link);
});
