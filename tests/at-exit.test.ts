import { expect, test } from "bun:test";
import { atExit } from "../src/at-exit.ts";

test("at the exit, what wasn't taken back is called, whatever fails before it; then nothing listens", () => {
  const before = process.listeners("exit");
  const added = () => process.listeners("exit").filter((listener) => !before.includes(listener));
  const called: string[] = [];
  const forget = [
    atExit(() => {
      called.push("fails");
      throw new Error("it can't be removed");
    }),
    atExit(() => called.push("taken back")),
    atExit(() => called.push("last")),
  ];
  forget[1]?.();
  expect(added()).toHaveLength(1);
  for (const listener of added()) listener(0);
  expect(called).toEqual(["fails", "last"]);
  for (const each of forget) each();
  expect(added()).toEqual([]);
});
