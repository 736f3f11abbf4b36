import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { goToolchains, hasGo } from "../../../fixtures/go-toolchains.ts";
import { goCacheDirectory } from "../../../src/server/gocache/default-directory.ts";
import { TempDirectory } from "../temp-directory.ts";

type Environment = Record<string, string>;

/** Homes with and without a file that `go env -w` has written, and the rest of the environment. */
function environments(path: string): Environment[] {
  const [written, empty, file] = [join(path, "written"), join(path, "empty"), join(path, "file")];
  const text = "# GOCACHE=/comment\nGOCACHE=/first\n\nGOCACHE=/last\nGOFLAGS=-v\nnothing\n";
  for (const place of [
    join(written, ".config/go/env"),
    join(written, "Library/Application Support/go/env"),
    file,
  ]) {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
  writeFileSync(`${file}-empty`, "GOCACHE=/first\nGOCACHE=\n");
  const homes: Environment[] = [{ HOME: empty }, { HOME: written }];
  const others: Environment[] = [
    {},
    { GOCACHE: "/given" },
    { GOCACHE: "" },
    { XDG_CACHE_HOME: "/xdg cache" },
    { XDG_CACHE_HOME: "", XDG_CONFIG_HOME: join(path, "nothing") },
    { XDG_CONFIG_HOME: join(written, ".config") },
    { XDG_CONFIG_HOME: "relative" },
    { GOENV: "off" },
    { GOENV: file },
    { GOENV: `${file}-empty` },
    { GOENV: join(path, "nothing") },
  ];
  return homes.flatMap((home) => others.map((other) => ({ ...home, ...other })));
}

test.skipIf(!hasGo)("the default is what go env GOCACHE prints (needs Go)", () => {
  using directory = new TempDirectory();
  const go = goToolchains()[0]?.go ?? "go";
  const seen = new Set<string>();
  for (const env of environments(directory.path)) {
    const { stdout } = Bun.spawnSync([go, "env", "GOCACHE"], {
      env: { ...env, GOTOOLCHAIN: "local" },
      cwd: "/",
    });
    const expected = stdout.toString().trim();
    expect({ env, directory: goCacheDirectory(env) }).toEqual({ env, directory: expected });
    seen.add(expected);
  }
  expect(seen.size).toBeGreaterThan(3);
});

test("without Go, the environment comes before the file of go env -w, and that before the user's cache directory", () => {
  using directory = new TempDirectory();
  const home = join(directory.path, "written");
  environments(directory.path);
  expect(goCacheDirectory({ HOME: home, GOCACHE: "/given" })).toBe("/given");
  expect(goCacheDirectory({ HOME: home })).toBe("/last");
  const cache = process.platform === "darwin" ? "Library/Caches" : ".cache";
  expect(goCacheDirectory({ HOME: home, GOENV: "off" })).toBe(join(home, cache, "go-build"));
});

test("there is no default if GOCACHE is off or relative, or if there is no home", () => {
  const cases: [env: Environment, said: RegExp][] = [
    [{ GOCACHE: "off" }, /^GOCACHE is off, so there is no cache; expected an absolute path, or/],
    [{ GOCACHE: "cache" }, /^GOCACHE is the relative path cache; expected an absolute path, or/],
    [{ GOCACHE: "/a\ufffd" }, /^GOCACHE isn't valid UTF-8/],
    [{}, /^neither GOCACHE nor HOME is set; expected GOCACHE to be a directory$/],
    [{ HOME: "here" }, /^HOME is the relative path here; expected it or GOCACHE to be absolute$/],
  ];
  if (process.platform === "linux")
    cases.push([
      { HOME: "/", XDG_CACHE_HOME: "here" },
      /^XDG_CACHE_HOME is the relative path here; expected/,
    ]);
  for (const [env, said] of cases) expect(() => goCacheDirectory(env)).toThrow(said);
});
