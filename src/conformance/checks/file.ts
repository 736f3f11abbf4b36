import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, extname, isAbsolute } from "node:path";
import { difference, requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody } from "../conversation/new-entry.ts";
import { assumeClose, assumePut, get, isHit, sendPut } from "../conversation/requests.ts";
import { watchFile } from "../conversation/watch-file.ts";
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, CmdPut and CmdGet";
const mapped = "cmd/go/internal/cache/cache.go, GetMmap: go maps the file, shared, while it runs";

/** The file system as part of the protocol: the form of a DiskPath, and how long its file stays as it is. */
export const fileChecks: readonly Check[] = [
  {
    id: "file/absolute",
    level: "must",
    requirement: "DiskPath is absolute, in the response to a put and in a hit.",
    source: "cmd/go/internal/cacheprog, Response.DiskPath: the absolute path on disk",
    quote: documented.absolute,
    confirmedBy: "relative-path",
    go: {
      outcome: "fatal",
      text: 'go vet and go test would fail with "could not import": their tool runs in the directory of a package',
    },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const action = newAction();
      const answers = [await peer.answer(sendPut(peer, action, newBody(100)))];
      if (peer.commands.has("get"))
        answers.push(await peer.answer(peer.send({ command: "get", actionID: action })));
      const paths = answers.map(({ diskPath }) => diskPath).filter((path) => path !== "");
      if (paths.length === 0) throw new CouldNotRun("no response has a DiskPath");
      for (const path of paths) require(isAbsolute(path), "an absolute DiskPath", () => path);
      return undefined;
    },
  },
  {
    id: "file/no-extension",
    level: "should",
    requirement: "The file name has no extension.",
    source: "cmd/go/internal/cacheprog/cacheprog.go, Response.DiskPath (go1.27)",
    quote: documented.withoutExtensions,
    go: {
      outcome: "nothing",
      text: "go ignores the extension; tools that select files by it, such as golangci-lint, break",
    },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const action = newAction();
      const paths = [(await assumePut(peer, action, newBody(100))).diskPath];
      if (peer.commands.has("get")) paths.push((await get(peer, action)).diskPath);
      for (const path of paths)
        require(extname(path) === "", "a file name without an extension", () => basename(path));
      return undefined;
    },
  },
  {
    id: "file/readable",
    level: "should",
    requirement: "The user that runs go can read the file.",
    source: "cmd/go opens it read-only",
    go: { outcome: "rebuilds", text: "go build would find no entry, and rebuild every time" },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      for (const body of [newBody(100), new Uint8Array()]) {
        const { diskPath } = await assumePut(peer, newAction(), body);
        const { mode } = await fileAt(diskPath);
        // Root can open any file, so the mode is checked as well.
        require((mode & 0o444) !== 0, "a mode with a read bit", () => (mode & 0o777).toString(8));
        const opened = await open(diskPath, "r").catch((error: Error) => error.message);
        if (typeof opened === "string") throw new Finding("a file that can be opened for reading", opened);
        await opened.close();
      }
      return undefined;
    },
  },
  {
    id: "file/put-again",
    level: "must",
    requirement: "While a body is put again, its file exists and is whole at every moment.",
    source: `${mapped}; go issue 71059`,
    quote: documented.lastsUntilClose,
    go: { outcome: "fatal", text: 'go build would be killed by SIGBUS, or fail with "corrupt index"' },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const body = newBody(4 * 1024 * 1024);
      const { diskPath } = await assumePut(peer, newAction(), body);
      const puts = Array.from({ length: 3 }, () => assumePut(peer, newAction(), body));
      const looks = await watchFile(diskPath, body, Promise.all(puts));
      await requireBody(diskPath, body, "the file");
      return `read ${looks} times`;
    },
  },
  {
    id: "file/held-open",
    level: "must",
    requirement: "An open file keeps its content, whatever this process and others put later.",
    source: mapped,
    quote: documented.lastsUntilClose,
    go: { outcome: "fatal", text: 'go build would be killed by SIGBUS, or fail with "corrupt index"' },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const [action, body] = [newAction(), newBody(10_000)];
      const { diskPath } = await assumePut(peer, action, body);
      await using held = await open(diskPath, "r").catch(() => {
        throw new CouldNotRun(`there is no file at ${diskPath}`);
      });
      await assumePut(peer, newAction(), body);
      // go never puts an action twice in one process, but another go command may put it at the same time.
      const other = await context.start();
      for (const next of [body, ...[10_000, 5_000, 20_000].map(newBody)])
        await assumePut(other, action, next);
      const content = new Uint8Array(20_000);
      const { bytesRead } = await held.read(content, 0, content.length, 0);
      const now = content.subarray(0, bytesRead);
      const isSame = Buffer.compare(now, body) === 0;
      require(isSame, "the 10,000 bytes of the put in the open file", () => difference(now, body));
      return undefined;
    },
  },
  {
    id: "file/replaced-action",
    level: "should",
    requirement:
      "When a process puts an action again, the file from its first put stays unchanged until close.",
    source: "go puts no action twice in one process; other clients may",
    quote: documented.lastsUntilClose,
    go: { outcome: "nothing", text: "go never puts an action twice in one process" },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const [action, body] = [newAction(), newBody(1_000)];
      const { diskPath } = await assumePut(peer, action, body);
      await fileAt(diskPath);
      await assumePut(peer, action, newBody(2_000));
      await requireBody(diskPath, body, "the file from the first put");
      return undefined;
    },
  },
  {
    id: "file/until-close",
    level: "must",
    requirement: "A file stays unchanged until close, however much is put after it.",
    source: documentation,
    quote: documented.lastsUntilClose,
    confirmedBy: "one-file-for-hits",
    go: { outcome: "fatal", text: "go build would fail when the compiler or the linker opens the file" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const [action, body] = [newAction(), newBody(1_000)];
      const answers = [await assumePut(peer, action, body), await get(peer, action)];
      const paths = answers.filter(isHit).map(({ diskPath }) => diskPath);
      await Promise.all(paths.map(fileAt));
      for (let round = 0; round < 4; round++) {
        const others = Array.from({ length: 50 }, newAction);
        await Promise.all(others.map((other) => peer.answer(sendPut(peer, other, newBody(500)))));
        for (const other of others.slice(-3)) await get(peer, other);
      }
      for (const path of paths) await requireBody(path, body, "the file after 200 more puts");
      return undefined;
    },
  },
  {
    id: "file/after-close",
    level: "info",
    requirement: "Reports whether a file still exists after the program has exited.",
    source: "go list -export prints such paths, and exits; go issue 72824",
    go: {
      outcome: "wrong result",
      text: "go list -export would print the path of a file that no longer exists",
    },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const { diskPath } = await assumePut(peer, newAction(), newBody(100));
      await fileAt(diskPath);
      await assumeClose(peer);
      return existsSync(diskPath) ? "it still exists" : "it is gone";
    },
  },
  {
    id: "file/executable",
    level: "info",
    requirement: "Reports whether a file is executable, as executables in go's own cache are.",
    source: "go puts no executables yet, but may, and would run them in place; go issue 77349",
    go: { outcome: "nothing", text: "go puts no executables yet" },
    needs: ["put"],
    async run(context) {
      const { diskPath } = await assumePut(await context.start(), newAction(), newBody(100));
      const { mode } = await fileAt(diskPath);
      const written = (mode & 0o777).toString(8);
      return (mode & 0o111) === 0 ? `not executable: mode ${written}` : `executable: mode ${written}`;
    },
  },
];

/** @throws {CouldNotRun} if there is no file; other checks report that */
function fileAt(path: string) {
  return stat(path).catch(() => {
    throw new CouldNotRun(`there is no file at ${path}`);
  });
}
