import { expect, test } from "bun:test";
import { parseCommand, splitFlags } from "../../../src/trace/names/go/go-command.ts";
import { goDuration, testArguments, testRunner } from "../../../src/trace/names/rules/test-flags.ts";
import { vetFlagLists } from "../../../src/trace/names/rules/vet-flags.ts";

function parse(line: string, goflags = "") {
  return parseCommand(line.split(" "), goflags);
}

test("the flags of a command line, with their values", () => {
  expect(parse("go vet -tags x -race -c=2 ./... -v")).toMatchObject({
    name: "vet",
    flags: [
      { name: "tags", value: "x", written: ["-tags", "x"] },
      { name: "race", value: undefined, written: ["-race"] },
      { name: "c", value: "2", written: ["-c=2"] },
    ],
  });
});

test("an unknown command line has no flags", () => {
  expect(parseCommand()).toEqual({ name: "", flags: [], goflags: [] });
  expect(parseCommand(["go"])).toMatchObject({ name: "", flags: [] });
});

test("GOFLAGS", () => {
  expect(splitFlags(` -a  '-ldflags=-X a=b' "-x=c d"`)).toEqual(["-a", "-ldflags=-X a=b", "-x=c d"]);
  expect(parse("go build", "-tags=a -race").goflags).toMatchObject([
    { name: "tags", value: "a" },
    { name: "race" },
  ]);
});

test.each([
  ["go test ./...", "", ["-test.timeout=10m0s"]],
  ["go test -run X ./... -v", "", ["-test.timeout=10m0s", "-test.run=X", "-test.v=true"]],
  ["go test -timeout 90s -short=0 ./...", "", ["-test.timeout=1m30s", "-test.short=false"]],
  ["go test -json -v ./...", "", ["-test.v=test2json", "-test.timeout=10m0s", "-test.v=true"]],
  ["go test --test.run=X -cpu 1,2 ./a ./b", "", ["-test.timeout=10m0s", "-test.run=X", "-test.cpu=1,2"]],
  ["go test -coverprofile c.out -race -o x ./...", "", ["-test.timeout=10m0s"]],
  ["go test ./...", "-short -run=Y -tags=z", ["-test.run=Y", "-test.short=true", "-test.timeout=10m0s"]],
  ["go test -run X ./...", "-run=Y -timeout=1h", ["-test.timeout=1h0m0s", "-test.run=X"]],
  ["go test ./... -args -run X", "", ["-test.timeout=10m0s"]],
])("the arguments of the tests of %s with GOFLAGS=%s", (line, goflags, expected) => {
  expect(testArguments(parse(line, goflags))).toEqual(expected);
});

test("what runs tests", () => {
  expect(testRunner(parse("go test -exec=wine ./..."))).toEqual(["wine"]);
  expect(testRunner(parse("go test ./..."))).toEqual([]);
});

test.each([
  ["0", "0s"],
  ["5ns", "5ns"],
  ["1500us", "1.5ms"],
  ["500ms", "500ms"],
  ["1.5s", "1.5s"],
  ["10m", "10m0s"],
  ["1h1s", "1h0m1s"],
])("the duration %s is %s in Go", (text, shown) => {
  expect(goDuration(text)).toBe(shown);
});

const ofGoroot = [["-unsafeptr=false"], ["-unsafeptr=false", "-unreachable=false"]];

test.each([
  ["go vet ./...", "", ["-json"]],
  ["go vet -tags x -race -printf ./...", "", ["-tags", "x", "-printf", "-json"]],
  ["go vet -printf ./...", "-tags=y -trimpath", ["-tags=y", "-printf", "-json"]],
  ["go vet -json ./...", "", ["-json"]],
  ["go fix ./...", "", ["-fix"]],
  ["go test -vet=all ./...", "", []],
  ["go test -vet bools,tests ./...", "", ["-bools", "-tests"]],
])("the flags of vet in %s with GOFLAGS=%s may be %j", (line, goflags, expected) => {
  const lists = vetFlagLists(parse(line, goflags), []);
  expect(lists).toContainEqual(expected);
  for (const list of ofGoroot) expect(lists).toContainEqual(list);
});

test("the flags that go ran vet with come first", () => {
  const base = {
    id: 0,
    package: "",
    deps: [],
    args: [],
    failed: false,
    vetxOnly: false,
    action: "",
    buildID: "",
    built: "",
  };
  const times = { ready: undefined, started: undefined, done: undefined };
  const commands = ["/go/vet -a -b /tmp/b001/vet.cfg", "/go/vet -a -b /tmp/b002/vet.cfg"];
  const lists = vetFlagLists(parse("go test ./..."), [{ ...base, ...times, mode: "vet", commands }]);
  expect(lists[0]).toEqual(["-a", "-b"]);
  expect(lists.filter((list) => list[0] === "-a")).toHaveLength(1);
});

test("without a command line, the flags of go vet and of go test may be right", () => {
  const lists = vetFlagLists(parseCommand(), []);
  expect(lists).toContainEqual(["-json"]);
  expect(lists.filter((list) => list.includes("-atomic"))).toHaveLength(2);
  expect(vetFlagLists(parse("go vet ./..."), []).flat()).not.toContain("-atomic");
  expect(vetFlagLists(parse("go test ./..."), []).flat()).not.toContain("-json");
});
