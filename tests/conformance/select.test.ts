import { expect, test } from "bun:test";
import { select } from "../../src/conformance/select.ts";
import { ArgumentError } from "../../src/errors.ts";
import { sampleCheck } from "./sample.ts";

const all = [
  sampleCheck("put/answer"),
  sampleCheck("put/empty-body"),
  sampleCheck("put/huge", { slow: true }),
  sampleCheck("get/miss"),
  sampleCheck("get/empty-body"),
  sampleCheck("slow/all", { slow: true }),
];

function ids(choice: Parameters<typeof select>[0]): string[] {
  return select(choice, all).checks.map(({ id }) => id);
}

test("by default, all checks except the slow ones run", () => {
  expect(ids({})).toEqual(["put/answer", "put/empty-body", "get/miss", "get/empty-body"]);
  expect(ids({ slow: true })).toHaveLength(6);
});

test("ids, groups and globs select checks, in the order of the catalogue, without duplicates", () => {
  expect(ids({ only: ["get/miss", "put/answer"] })).toEqual(["put/answer", "get/miss"]);
  expect(ids({ only: ["get", "get/miss"] })).toEqual(["get/miss", "get/empty-body"]);
  expect(ids({ only: ["*/empty-*"] })).toEqual(["put/empty-body", "get/empty-body"]);
  expect(ids({ only: ["{put,slow}"], slow: true })).toEqual([
    "put/answer",
    "put/empty-body",
    "put/huge",
    "slow/all",
  ]);
  expect(ids({ only: ["**"] })).toEqual(ids({}));
});

test("a slow check runs if its id is given, not if only a pattern matches it", () => {
  expect(ids({ only: ["put/huge"] })).toEqual(["put/huge"]);
  expect(ids({ only: ["put/*"] })).toEqual(["put/answer", "put/empty-body"]);
});

test("skipped checks are listed separately from checks that were not selected", () => {
  const { checks, skipped } = select({ only: ["put"], skip: ["*/empty-body"] }, all);
  expect(checks.map(({ id }) => id)).toEqual(["put/answer"]);
  expect(skipped.map(({ id }) => id)).toEqual(["put/empty-body"]);
});

test("a pattern that matches nothing is rejected with the id that was probably meant", () => {
  const cases: [pattern: string, said: string][] = [
    ["put/emtpy-body", 'there is no check "put/emtpy-body". Did you mean "put/empty-body"?'],
    ["pt", 'there is no check "pt". Did you mean "put"?'],
    ["miss", 'there is no check "miss". Did you mean "get/miss"?'],
    ["xyzzy", 'there is no check "xyzzy".'],
    ["gett/*", 'no check matches "gett/*".'],
    ["", 'there is no check "".'],
  ];
  for (const [pattern, said] of cases) {
    expect(() => select({ only: [pattern] }, all)).toThrow(new ArgumentError(said));
    expect(() => select({ skip: [pattern] }, all)).toThrow(new ArgumentError(said));
  }
});

test("a selection without any check is rejected with the reason", () => {
  expect(() => select({ only: ["slow"] }, all)).toThrow(
    "slow: only slow checks match; add --slow to run them",
  );
  expect(() => select({ only: ["get/miss"], skip: ["get"] }, all)).toThrow("every selected check is skipped");
});
