import { expect, test } from "bun:test";
import { didYouMean, nearest } from "../src/nearest.ts";

const names = ["get", "put", "serve", "check", "checks", "put/answer", "put/complete"];

test.each([
  ["gte", "get"],
  ["pet", "get"],
  ["servee", "serve"],
  ["chek", "check"],
  ["CHECKS", "checks"],
  ["put/com", "put/complete"],
  ["put/anwser", "put/answer"],
  ["hello", undefined],
  ["", undefined],
  ["x", undefined],
])("the nearest name to %j is %j", (given, name) => {
  expect(nearest(given, names)).toBe(name);
});

test("a suggestion is a sentence, or nothing", () => {
  expect(didYouMean("gte", names)).toBe(' Did you mean "get"?');
  expect(didYouMean("hello", names)).toBe("");
});
