import { plugin } from "bun";

/*
 * Tests wait for events, and most are done in milliseconds. On a machine that is busy, five seconds are no proof of a
 * hang. bunfig.toml has no setting for it, and setDefaultTimeout holds for one file: without --parallel this is run once
 * for all of them (Bun 1.4.5), so each begins with a call of it. No line of a file moves.
 */
const patience = `import { setDefaultTimeout as haveTestsWait } from "bun:test"; haveTestsWait(60_000); `;

plugin({
  name: "patience",
  setup(build) {
    build.onLoad({ filter: /\.test\.ts$/ }, async ({ path }) => ({
      contents: patience + (await Bun.file(path).text()),
      loader: "ts",
    }));
  },
});
