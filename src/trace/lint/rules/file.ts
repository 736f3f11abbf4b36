import { posix, win32 } from "node:path";
import type { TraceStart } from "../../events.ts";
import type { Rule } from "../rule.ts";

/** The form of a DiskPath. */
export const fileRules: readonly Rule[] = [
  {
    id: "file/absolute",
    of: "DiskPath",
    response({ path = "" }, judge, { start }) {
      if (path !== "") judge.require(pathsOf(start).isAbsolute(path), "an absolute DiskPath", () => path);
    },
  },
  {
    id: "file/no-extension",
    of: "DiskPath",
    response({ path = "" }, judge, { start }) {
      const { extname, basename } = pathsOf(start);
      if (path !== "")
        judge.require(extname(path) === "", "a file name without an extension", () => basename(path));
    },
  },
];

/** The paths of the system that was recorded. */
function pathsOf({ host }: TraceStart): typeof posix {
  return host.platform === "win32" ? win32 : posix;
}
