import { describe, expect, test } from "bun:test";
import { Claim } from "../../../src/step/graph/claim.ts";
import { sharedOutput } from "../../../src/step/graph/overlap.ts";

type Side = readonly [directory: string, ...outputs: string[]];

function find([directory, ...outputs]: Side, [otherDirectory, ...others]: Side): string | undefined {
  const [one, other] = [new Claim(`${directory}:one`, outputs), new Claim(`${otherDirectory}:other`, others)];
  const found = sharedOutput(one, other);
  expect(sharedOutput(other, one)).toBe(found);
  return found;
}

describe("outputs meet:", () => {
  test.each<[Side, Side, string]>([
    [["", "dist"], ["", "dist"], "dist"],
    [["", "dist"], ["", "dist/"], "dist/any"],
    [["", "dist"], ["", "dist/css/**"], "dist/css/any"],
    [["", "dist/**"], ["", "dist/css"], "dist/css"],
    [["", "out", "dist"], ["", "lib", "dist/*.js"], "dist/x.js"],
    [["", "dist/*.js"], ["", "dist/a*"], "dist/ax.js"],
    [["", "**/*.js"], ["", "dist/**"], "dist/x.js"],
    [["", "dist/{a,b}"], ["", "dist/{b,c}"], "dist/b"],
    [["", "dist/[ab].js"], ["", "dist/*.js"], "dist/a.js"],
    [["", "dist/?.js"], ["", "dist/@(x|y).js"], "dist/x.js"],
    [["", "dist", "!dist/css"], ["", "dist/js"], "dist/js"],
    [["", "packages/*/dist"], ["packages/lib", "dist"], "packages/lib/dist"],
    [["", "packages/lib/dist"], ["packages/lib", "dist/*.css"], "packages/lib/dist/x.css"],
    [["", "\\[id]"], ["", "\\[id]"], "[id]"],
  ])("%j and %j at %s", (one, other, path) => {
    expect(find(one, other)).toBe(path);
  });

  test.each<[Side, Side]>([
    [
      ["", "dist/js"],
      ["", "dist/css"],
    ],
    [
      ["", "dist/*.js"],
      ["", "dist/*.css"],
    ],
    [
      ["", "dist/a*"],
      ["", "dist/b*"],
    ],
    [
      ["", "dist"],
      ["", "distribution"],
    ],
    [
      ["", "dist", "!dist/css"],
      ["", "dist/css"],
    ],
    [
      ["", "dist/**", "!**/*.css"],
      ["", "dist/**/*.css"],
    ],
    [
      ["", "dist"],
      ["packages/lib", "dist"],
    ],
    [
      ["packages/a", "dist"],
      ["packages/b", "dist"],
    ],
    [
      ["packages/lib", "dist"],
      ["packages/lib2", "dist"],
    ],
    [
      ["", "packages/*/dist", "!packages/lib/**"],
      ["packages/lib", "dist"],
    ],
    [
      ["", "dist/*"],
      ["", "dist/.env"],
    ],
    [
      ["", "dist/{1..3}"],
      ["", "dist/{4..6}"],
    ],
    [[""], ["", "dist"]],
  ])("not %j and %j", (one, other) => {
    expect(find(one, other)).toBeUndefined();
  });
});

test("hundreds of deep patterns take no longer than a moment", () => {
  const many = (end: string) => Array.from({ length: 200 }, (_, at) => `**/${at}/**/*-${at}-*.${end}`);
  expect(find(["", ...many("js")], ["", ...many("css")])).toBeUndefined();
});
