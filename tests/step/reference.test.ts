import { describe, expect, test } from "bun:test";
import { checkStepName, parseReference } from "../../src/step/reference.ts";

describe("a reference is read:", () => {
  test.each([
    ["gen", { kind: "own" }, "gen"],
    ["../lib:gen", { kind: "directory", path: "../lib" }, "gen"],
    ["./lib:gen", { kind: "directory", path: "./lib" }, "gen"],
    ["..:gen", { kind: "directory", path: ".." }, "gen"],
    [".:gen", { kind: "directory", path: "." }, "gen"],
    ["../a:b/c:gen", { kind: "directory", path: "../a:b/c" }, "gen"],
    ["lib:gen", { kind: "package", name: "lib" }, "gen"],
    ["@acme/lib:gen", { kind: "package", name: "@acme/lib" }, "gen"],
    ["..lib:gen", { kind: "package", name: "..lib" }, "gen"],
    ["größe:__proto__", { kind: "package", name: "größe" }, "__proto__"],
  ])("%s", (text, place, name) => {
    expect(parseReference(text, "it")).toEqual({ place, name } as ReturnType<typeof parseReference>);
  });
});

describe("a reference is refused:", () => {
  test.each([
    [5, "it is 5; expected a step: "],
    ["", 'it is ""; expected the name of a step'],
    ["../lib:", 'it is "../lib:"; expected the name of a step'],
    [":gen", 'it is ":gen"; expected a place before the colon: '],
    ["../lib", 'it is "../lib"; expected the name of a step after it: "../lib:NAME"'],
    ["/lib:gen", 'it is "/lib:gen"; expected a directory relative to the package'],
    ["C:\\lib:gen", "expected a directory relative to the package"],
    ["../lib:a/b", `a step's name can't contain "/"`],
    ["../li\0b:gen", "expected a place without NUL"],
    ["../\ud800:gen", "it has a lone surrogate"],
  ])("%j", (text, message) => {
    expect(() => parseReference(text, "it")).toThrow(message);
  });
});

describe("a step's name", () => {
  test.each(["build", "build-2", "b.c", "_", "größe", "__proto__", "a@b", "2"])("may be %s", (name) => {
    expect(() => checkStepName(name, "it")).not.toThrow();
  });

  test.each([
    [undefined, "it is undefined; expected the name of a step"],
    ["", 'it is ""; expected the name of a step'],
    ["build:prod", `can't contain ":", which separates it from its directory or package`],
    ["a/b", `can't contain "/"`],
    ["a\\b", `can't contain "\\\\"`],
    ["a b", `can't contain " "`],
    ["a\n", `can't contain "\\n"`],
    ["a\x1b[0m", `can't contain "\\u001b"`],
    ["..", `can't begin with "."`],
    ["-x", `can't begin with "-"`],
    ["\udc00", "can't contain a lone surrogate"],
  ])("can't be %j", (name, message) => {
    expect(() => checkStepName(name, "it")).toThrow(message);
  });
});
