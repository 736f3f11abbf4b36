import { expect, test } from "bun:test";
import { join } from "node:path";
import { findGo } from "../../../src/trace/record/go-process.ts";

test("what a build depends on is taken from the environment, and no secret", () => {
  const env = { GOVERSION: "go1.26.8", GOFLAGS: "-x", GODEBUG: "", CGO_CFLAGS: "-O1", CC: "gcc" };
  const secrets = {
    GOPROXY: "https://me:secret@proxy",
    GOAUTH: "secret",
    GITHUB_TOKEN: "secret",
    HOME: "/me",
  };
  const { version, env: found } = findGo({ ...env, ...secrets });
  expect(version).toBe("go1.26.8");
  expect(found).toEqual({ CC: "gcc", CGO_CFLAGS: "-O1", GOFLAGS: "-x" });
  expect(findGo({})).not.toContainKeys(["version", "env"]);
});

test.skipIf(process.platform !== "linux")(
  "go is found above the shells that have started this one (Linux)",
  async () => {
    const module = join(import.meta.dir, "../../../src/trace/record/go-process.ts");
    const script = `const { findGo } = await import(${JSON.stringify(module)}); console.log(JSON.stringify(findGo()))`;
    // Two commands: a shell would become the last one.
    const shell = ["sh", "-c", '"$0" -e "$1"; true', process.execPath, script];
    // exec -a names a process.
    const go = Bun.spawn(["bash", "-c", 'exec -a go bash -c \'"$@"; true\' x "$@"', "x", ...shell], {
      cwd: "/",
    });
    const found = JSON.parse(await go.stdout.text());
    expect(found).toMatchObject({ pid: go.pid, directory: "/" });
    expect(found.command[0]).toBe("go");
  },
);
