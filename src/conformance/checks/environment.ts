import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, delimiter, isAbsolute, relative } from "node:path";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody } from "../conversation/new-entry.ts";
import {
  assumeClose,
  assumeHit,
  assumePut,
  get,
  isHit,
  requirePut,
  requireStored,
  sendPut,
} from "../conversation/requests.ts";
import { Finding, NotApplicable, require } from "../finding.ts";
import type { Check } from "../requirement.ts";
import { otherFileSystem } from "../sandbox/other-file-system.ts";
import * as documented from "./documentation.ts";

/** How long the program gets no request, in ms. */
const idle = 31_000;

/** The program's environment: directories, variables, stderr, time. */
export const environmentChecks: readonly Check[] = [
  {
    id: "environment/other-directory",
    level: "should",
    requirement: "A process that is started in another directory finds the earlier entries.",
    source: "cmd/go/internal/cache/prog.go, startCacheProg: the program runs in go's working directory",
    go: { outcome: "rebuilds", text: "go build would find nothing when it runs in another directory" },
    needs: ["get", "put"],
    async run(context) {
      const [first, action] = [await context.start(), newAction()];
      await assumePut(first, action, newBody(1_000));
      await assumeClose(first);
      const second = await context.start();
      await assumeHit(second, action);
      await assumeClose(second);
      const third = await context.start({ cwd: context.sandbox.path("home") });
      require(isHit(await get(third, action)), "a hit, as from the first directory", () => "a miss");
      return undefined;
    },
  },
  {
    id: "environment/relative-directory",
    level: "must",
    requirement: "DiskPath is absolute even if {dir} is a relative path.",
    source: "cmd/go/internal/cacheprog, Response.DiskPath: the absolute path on disk",
    quote: documented.absolute,
    confirmedBy: "path-as-given",
    go: {
      outcome: "fatal",
      text: 'go vet and go test would fail with "could not import": their tool runs in the directory of a package',
    },
    needs: ["put"],
    async run(context) {
      if (!context.command.some((word) => word.includes("{dir}")))
        throw new NotApplicable("the command has no {dir}");
      const dir = relative(context.sandbox.cwd, context.sandbox.dir);
      const peer = await context.start({ dir });
      const { diskPath } = requireStored(await peer.answer(sendPut(peer, newAction(), newBody(1_000))));
      require(isAbsolute(diskPath), `an absolute DiskPath with ${dir} for {dir}`, () => diskPath);
      return undefined;
    },
  },
  {
    id: "environment/quiet",
    level: "should",
    requirement: "The program writes to stderr only when something goes wrong.",
    source: "cmd/go/internal/cacheprog: the program's stderr is go's stderr",
    go: {
      outcome: "nothing",
      text: "the text would appear in go's own output, where scripts may trip over it",
    },
    needs: ["put"],
    async run(context) {
      const peer = await context.start();
      const action = newAction();
      for (let i = 0; i < 2; i++) await assumePut(peer, action, newBody(1_000));
      if (peer.commands.has("get")) for (const id of [action, newAction()]) await get(peer, id);
      await assumeClose(peer);
      await context.within("the end of stderr", () => "something keeps it open", peer.stderrEnded());
      const [line] = peer.stderrLines;
      require(line === undefined, "nothing on stderr", () => line ?? "");
      return undefined;
    },
  },
  {
    id: "environment/go-within",
    level: "must",
    requirement: "A go command that the program runs doesn't start the program again.",
    source: "cmd/go/internal/cache/prog.go, startCacheProg: the program inherits GOCACHEPROG",
    confirmedBy: "runs-go",
    go: {
      outcome: "hang",
      text: "each go would start the program, and each program would start a go, without end",
    },
    needs: ["put"],
    async run(context) {
      const { env, called } = await watchedGo(context);
      const peer = await context.start({ env });
      const action = newAction();
      await assumePut(peer, action, newBody(1_000));
      if (peer.commands.has("get")) await get(peer, action);
      await assumeClose(peer);
      const calls = await called();
      const starting = calls.filter((call) => !startsNothing.test(call));
      const actual = () => `GOCACHEPROG is set for: ${starting.join(", ")}`;
      require(starting.length ===
        0, "no GOCACHEPROG in the environment of the program's go commands", actual);
      return calls.length === 0
        ? undefined
        : `GOCACHEPROG is set for ${calls[0]}, which starts no cache program`;
    },
  },
  {
    id: "environment/temporary-elsewhere",
    level: "must",
    requirement: "The program works when TMPDIR is on another file system than its directory.",
    source: "rename(2): EXDEV; TMPDIR is often a file system in memory",
    quote: documented.storesInFile,
    confirmedBy: "renames-from-tmpdir",
    go: { outcome: "fatal", text: "go build would fail when it puts a package index" },
    needs: ["put"],
    async run(context) {
      await using other = await otherFileSystem(context.sandbox.root);
      if (other === undefined) throw new NotApplicable("this machine has no second file system to write to");
      const peer = await context.start({ env: { TMPDIR: other.path } });
      for (const body of [newBody(1_000), newBody(1_000_000)]) {
        const { diskPath } = await requirePut(peer, newAction(), body);
        await requireBody(diskPath, body, "the file from the put");
      }
      return undefined;
    },
  },
  {
    id: "environment/idle",
    level: "must",
    requirement: "A program that gets no request for half a minute keeps running.",
    source:
      "go run and go test send close after the program or test they run has ended; a compiler may take minutes",
    confirmedBy: "exits-when-idle",
    go: { outcome: "fatal", text: 'go build would fail with "exited pre-Close"' },
    needs: ["put"],
    slow: true,
    deadline: idle + 10_000,
    async run(context) {
      const peer = await context.start();
      const over = Promise.withResolvers<undefined>();
      const timer = setTimeout(over.resolve, idle, undefined);
      const gone = await Promise.race([peer.outputEnded.then(() => true), over.promise]);
      clearTimeout(timer);
      if (gone)
        throw new Finding(`a program that still runs after ${idle / 1_000} s`, "its stdout has ended");
      await requirePut(peer, newAction(), newBody(1_000));
      return undefined;
    },
  },
];

/** The go commands that use no cache, and so start no cache program. */
const startsNothing = /^go (version|env|help|bug|list -m|tool -n|clean -(cache|testcache|modcache))\b/;

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/**
 * An environment with GOCACHEPROG set, as under go. The first go in PATH records each call in which it sees that
 * variable. GOCACHEPROG names a program that only records that it was called, so nothing starts without end.
 */
async function watchedGo(context: CheckContext) {
  if (basename(context.command[0] ?? "") === "go") throw new NotApplicable("go itself starts the program");
  const { sandbox } = context;
  const [bin, notes, cacheprog] = [sandbox.path("bin"), sandbox.path("notes"), sandbox.path("cacheprog")];
  await mkdir(bin);
  await writeFile(notes, "");
  const note = (what: string) => `echo "${what}" >> '${notes}'`;
  const go = Bun.which("go");
  const real = go === null ? "exit 127" : `unset GOCACHEPROG; exec '${go}' "$@"`;
  await writeFile(`${bin}/go`, `#!/bin/sh\n[ -z "$GOCACHEPROG" ] || ${note("go $*")}\n${real}\n`);
  await writeFile(cacheprog, `#!/bin/sh\n${note("a go that started $0")}\nexit 1\n`);
  for (const file of [`${bin}/go`, cacheprog]) await chmod(file, 0o755);
  const env = { PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`, GOCACHEPROG: cacheprog };
  return { env, called: async () => lines(await readFile(notes, "utf8")) };
}
