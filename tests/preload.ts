import { plugin } from "bun";
import { memoryDirectory } from "./memory-directory.ts";

const memory = memoryDirectory();
// Whoever runs the tests may choose another place, such as a disk.
if (process.env.TMPDIR === undefined && memory !== undefined) process.env.TMPDIR = memory;

/*
 * Tests wait for events, and most take milliseconds. On a busy machine, Bun's default timeout of five seconds doesn't
 * prove a hang. bunfig.toml has no setting for it. setDefaultTimeout applies to one file, but without --parallel, a
 * preload runs once for all files (Bun 1.4.5). So every test file gets the call in its first line; no line moves.
 */
const patience = `import { setDefaultTimeout as haveTestsWait } from "bun:test"; haveTestsWait(180_000); `;

plugin({
  name: "patience",
  setup(build) {
    build.onLoad({ filter: /\.test\.ts$/ }, async ({ path }) => ({
      contents: patience + (await Bun.file(path).text()),
      loader: "ts",
    }));
  },
});
