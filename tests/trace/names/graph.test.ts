import { expect, test } from "bun:test";
import { parseGraph } from "../../../src/trace/names/graph.ts";

test("an action of go's graph", () => {
  const text = `[{"ID":0,"Mode":"go build","Package":"","Deps":[1],"TimeReady":"0001-01-01T00:00:00Z","Cmd":null},
    {"ID":1,"Mode":"build","Package":"example.com/m","Failed":true,"ActionID":"zBI0Lv8zy01iOIUvbjXZ",
    "BuildID":"zBI0Lv8zy01iOIUvbjXZ/Ko-4FRvt2NGJ34tndSIX","Built":"/c/x-d","Args":null,"VetxOnly":true,
    "TimeStart":"2026-11-26T23:12:41.634793249Z","Cmd":["compile x"],"CmdReal":5}]`;
  expect(parseGraph(text)).toMatchObject([
    { id: 0, mode: "go build", package: "", deps: [1], action: "", ready: undefined, commands: [] },
    {
      id: 1,
      mode: "build",
      package: "example.com/m",
      deps: [],
      args: [],
      failed: true,
      vetxOnly: true,
      action: "cc12342eff33cb4d6238852f6e35d9",
      buildID: "zBI0Lv8zy01iOIUvbjXZ/Ko-4FRvt2NGJ34tndSIX",
      built: "/c/x-d",
      started: Date.UTC(2026, 10, 26, 23, 12, 41, 634),
      done: undefined,
      commands: ["compile x"],
    },
  ]);
});

test.each([
  ["[", "isn't JSON"],
  ["{}", "expected a list of actions"],
  ["[3]", "action 0 isn't an object"],
  [`[{"ID":1}]`, "action 0 has the ID 1"],
  [`[{"ID":0,"Mode":3}]`, "Mode of action 0 is 3; expected a string"],
  [`[{"ID":0,"Deps":["a"]}]`, `Deps of action 0 is ["a"]; expected a list of IDs`],
  [`[{"ID":0,"Deps":[7]}]`, "action 0 depends on 7, and there is no such action"],
  [`[{"ID":0,"ActionID":"abc"}]`, `ActionID of action 0 is "abc"; expected 15 bytes in base64`],
])("no graph: %s", (text, why) => {
  expect(() => parseGraph(text)).toThrow(expect.objectContaining({ code: "BAD_TRACE" }));
  expect(() => parseGraph(text)).toThrow(why);
});
