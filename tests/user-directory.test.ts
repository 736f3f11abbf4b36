import { expect, spyOn, test } from "bun:test";
import os from "node:os";
import { join } from "node:path";
import { knownHome, userDirectory } from "../src/user-directory.ts";

/** Calls `run` as if HOME had this value. */
function withHome<T>(home: string | undefined, run: () => T): T {
  const { HOME } = process.env;
  if (home === undefined) delete process.env.HOME;
  else process.env.HOME = home;
  try {
    return run();
  } finally {
    if (HOME === undefined) delete process.env.HOME;
    else process.env.HOME = HOME;
  }
}

test.skipIf(process.platform !== "linux")(
  "XDG_CACHE_HOME is before HOME, and has to be absolute (Linux)",
  () => {
    expect(userDirectory("cache", { XDG_CACHE_HOME: "/x" }, "/home/me")).toBe("/x");
    expect(userDirectory("cache", { XDG_CACHE_HOME: "x" }, "/home/me")).toEqual({
      variable: "XDG_CACHE_HOME",
      value: "x",
    });
    expect(userDirectory("config", { XDG_CACHE_HOME: "/x" }, "/home/me")).toBe("/home/me/.config");
  },
);

test.skipIf(process.platform !== "linux")(
  "without a home, the variable that is missing is named (Linux)",
  () => {
    expect(userDirectory("cache", {}, "/home/me")).toBe(join("/home/me", ".cache"));
    for (const home of ["", undefined])
      expect(userDirectory("cache", {}, home)).toEqual({ variable: "HOME", value: undefined });
    expect(userDirectory("cache", {}, "me")).toEqual({ variable: "HOME", value: "me" });
  },
);

test("home is HOME, else the system's record, else none", () => {
  expect(withHome("/home/me", knownHome)).toBe("/home/me");
  const homedir = spyOn(os, "homedir");
  try {
    homedir.mockReturnValue("/record");
    for (const home of ["", undefined]) expect(withHome(home, knownHome)).toBe("/record");
    homedir.mockImplementation(() => {
      throw new Error("no such user");
    });
    expect(withHome(undefined, knownHome)).toBe("");
  } finally {
    homedir.mockRestore();
  }
});
