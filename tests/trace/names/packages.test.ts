import { expect, test } from "bun:test";
import type { GraphAction } from "../../../src/trace/names/graph.ts";
import { Packages } from "../../../src/trace/names/packages.ts";

const env = { GOROOT: "/usr/go", GOMODCACHE: "/home/me/go/pkg/mod" };

/** A graph of packages. */
function graph(...paths: readonly string[]): GraphAction[] {
  const none = { deps: [], args: [], failed: false, vetxOnly: false, action: "", buildID: "", built: "" };
  const times = { ready: undefined, started: undefined, done: undefined, commands: [] };
  return paths.map((path, id) => ({ ...none, ...times, id, mode: "build", package: path }));
}

function packages(directories: readonly string[], ...paths: readonly string[]): Packages {
  return new Packages(directories, graph(...paths), { pid: 1, env });
}

test("directories of the standard library, and of modules in the module cache", () => {
  const cached = `${env.GOMODCACHE}/github.com/!burnt!sushi/toml@v1.4.0`;
  const found = packages(["/usr/go/src/net/http", "/usr/go/src/vendor/golang.org/x/net/idna", cached]);
  expect(found.pathOf("/usr/go/src/net/http")).toBe("net/http");
  expect(found.pathOf("/usr/go/src/vendor/golang.org/x/net/idna")).toBe("vendor/golang.org/x/net/idna");
  expect(found.pathOf(cached)).toBe("github.com/BurntSushi/toml");
  expect(found.originOf("github.com/BurntSushi/toml/internal")).toBe("dependency");
  expect(found.originOf("net/http")).toBe("standard");
  expect(found.originOf("github.com/BurntSushi/toml-test")).toBeUndefined();
});

test("vendored packages", () => {
  const found = packages(["/src/m/vendor/golang.org/x/text/language"], "golang.org/x/text/language");
  expect(found.pathOf("/src/m/vendor/golang.org/x/text/language")).toBe("golang.org/x/text/language");
  expect(found.originOf("golang.org/x/text/language")).toBe("dependency");
});

test("packages of the main module, in a folder of any name, and of their tests", () => {
  const directories = ["/checkout", "/checkout/a", "/checkout/b/c", "/checkout/empty"];
  const paths = [
    "example.com/m",
    "example.com/m/a",
    "example.com/m/b/c",
    "example.com/m/b/c [example.com/m/b/c.test]",
  ];
  const found = packages(directories, ...paths, "fmt", "example.com/other/a");
  expect(directories.map((directory) => found.pathOf(directory))).toEqual([...paths.slice(0, 3), undefined]);
  for (const path of [
    "example.com/m/a",
    "example.com/m/a.test",
    "example.com/m/a_test [example.com/m/a.test]",
  ])
    expect(found.originOf(path)).toBe("main");
  expect(found.originOf("example.com/other/a")).toBeUndefined();
});

test("two modules of a workspace", () => {
  const found = packages(
    ["/w/a/x", "/w/b/x", "/w/b/y"],
    "example.com/a/x",
    "example.com/b/x",
    "example.com/b/y",
  );
  expect(["/w/a/x", "/w/b/x", "/w/b/y"].map((directory) => found.pathOf(directory))).toEqual([
    "example.com/a/x",
    "example.com/b/x",
    "example.com/b/y",
  ]);
});

test("a directory that two packages may be in has no package", () => {
  const found = packages(["/w/x"], "example.com/a/x", "example.com/b/x");
  expect(found.pathOf("/w/x")).toBeUndefined();
  expect(found.originOf("example.com/a/x")).toBeUndefined();
});

test("a directory that is relative to an unknown module has no package", () => {
  expect(packages(["x"], "example.com/a/x").pathOf("x")).toBeUndefined();
});

test("without go's environment, only the standard library is known", () => {
  const found = new Packages(["/usr/go/src/net/http"], [], { pid: 1 });
  expect(found.pathOf("/usr/go/src/net/http")).toBeUndefined();
  expect(found.originOf("net/http")).toBe("standard");
});
