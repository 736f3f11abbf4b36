import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GoSandbox } from "../../../fixtures/go-sandbox.ts";
import { goToolchains } from "../../../fixtures/go-toolchains.ts";
import { expectNamed, traceGo } from "../../trace/names/traced-go.ts";

/*
 * Names of what real builds ask for, checked with what go says that it hashed. GO_VERSIONS=go1.24.4,go1.27.4 is what else to
 * run; go downloads it.
 */

const patience = 600_000;
setDefaultTimeout(patience);

const packages = 20;

/** Packages with a test each that import each other, and one each with cgo, an embedded file, build tags and a mistake. */
function files(): Readonly<Record<string, string>> {
  const numbers = Array.from({ length: packages }, (_, number) => number);
  const chain = numbers.flatMap((number) => {
    const below =
      number === 0 ? "" : `import "example.com/wide/p${number - 1}"\n\nvar _ = p${number - 1}.N\n`;
    const code = `package p${number}\n\n${below}\nvar N = ${number}\n`;
    const tests = `package p${number}\n\nimport "testing"\n\nfunc TestN(t *testing.T) {\n\tif N != ${number} {\n\t\tt.Fatal(N)\n\t}\n}\n`;
    return [
      [`p${number}/p.go`, code],
      [`p${number}/p_test.go`, tests],
    ] as const;
  });
  return {
    "go.mod": "module example.com/wide\n\ngo 1.24\n",
    ...Object.fromEntries(chain),
    "extra/cgo/cgo.go": `package cgo

// static int twice(int x) { return 2 * x; }
import "C"

func Twice(x int) int { return int(C.twice(C.int(x))) }
`,
    "extra/cgo/cgo_test.go": `package cgo

import "testing"

func TestTwice(t *testing.T) {
	if Twice(2) != 4 {
		t.Fatal()
	}
}
`,
    "extra/embed/embed.go": 'package embed\n\nimport _ "embed"\n\n//go:embed data.txt\nvar Data string\n',
    "extra/embed/data.txt": "data\n",
    "extra/embed/embed_test.go": `package embed_test

import (
	"fmt"
	"os"
	"testing"

	"example.com/wide/extra/embed"
)

func TestData(t *testing.T) {
	fmt.Println(os.Getenv("HOME"))
	if text, err := os.ReadFile("data.txt"); err != nil || string(text) != embed.Data {
		t.Fatal(err)
	}
}
`,
    "extra/tags/yes.go": "//go:build extra\n\npackage tags\n\nconst Extra = true\n",
    "extra/tags/no.go": "//go:build !extra\n\npackage tags\n\nconst Extra = false\n",
    "extra/main/main.go": `package main

import (
	"fmt"
	"net"
	"os/user"

	"example.com/wide/extra/cgo"
	"example.com/wide/extra/embed"
	"example.com/wide/extra/tags"
)

func main() {
	name, err := user.Current()
	fmt.Println(cgo.Twice(2), embed.Data, tags.Extra, net.ParseIP("::1"), name, err)
}
`,
    "extra/wrong/wrong.go": "package wrong\n\nvar X = undefined\n",
    "extra/failing/failing.go": "package failing\n",
    "extra/failing/failing_test.go": `package failing

import "testing"

func TestFails(t *testing.T) { t.Fatal("always") }
`,
  };
}

function wideModule(sandbox: GoSandbox): string {
  const folder = sandbox.folder("module");
  for (const [path, text] of Object.entries(files())) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  sandbox.ageAll(folder);
  return folder;
}

/** Arguments of go, what it exits with, and more environment variables. */
const commands: readonly (readonly [string, number?, Record<string, string>?])[] = [
  ["test ./p..."],
  ["test ./p..."],
  ["test -v -run N -timeout 90s -short ./p..."],
  ["test -json -failfast ./p0 ./p1"],
  ["test -cover ./p0 ./extra/embed"],
  ["test -coverprofile=c.out -coverpkg=./... ./p0 ./p1"],
  ["test -coverprofile=c.out -coverpkg=./... ./p0 ./p1"],
  ["test -vet=all -tags extra ./p0 ./extra/tags"],
  ["test ./extra/failing ./extra/embed ./extra/cgo", 1, { CGO_ENABLED: "1" }],
  ["test -c -o p0.test ./p0"],
  ["test -exec env ./p0"],
  ["vet ./p..."],
  ["vet ./p..."],
  ["vet -tags extra -printf ./p0 ./extra/tags"],
  ["vet ./extra/tags", 0, { GOEXPERIMENT: "fieldtrack" }],
  ["vet ./extra/wrong ./p0", 1],
  ["build ./extra/wrong", 1],
  ["build -o main.exe ./extra/main", 0, { CGO_ENABLED: "1" }],
  ["build -tags extra -o main.tags ./extra/main", 0, { CGO_ENABLED: "1" }],
  ["build -race ./p0", 0, { CGO_ENABLED: "1" }],
  ["build -a ./p0"],
  ["build ./p19", 0, { GOOS: "windows", GOARCH: "arm64" }],
  ["vet ./extra/tags", 0, { GOOS: "linux", GOARCH: "386" }],
  ["run ./extra/main", 0, { CGO_ENABLED: "1" }],
  ["list -export -deps -f {{.ImportPath}} ./extra/main", 0, { CGO_ENABLED: "1" }],
  ["list -test -compiled -f {{.ImportPath}} ./p0 ./extra/embed"],
];

for (const toolchain of goToolchains()) {
  describe(toolchain.version, () => {
    const sandbox = new GoSandbox(patience, { toolchain });
    afterAll(() => sandbox[Symbol.asyncDispose]());
    const store = sandbox.folder("store");
    const cwd = wideModule(sandbox);

    for (const [line, exitCode = 0, env = {}] of commands)
      test(`go ${line}`, async () => {
        const run = await traceGo(sandbox, line.split(" "), { cwd, store, env });
        expect(run.exitCode).toBe(exitCode);
        expectNamed(run);
      });

    test("go build std", async () => {
      expectNamed(await traceGo(sandbox, ["build", "std"], { cwd, store }));
    });
  });
}
