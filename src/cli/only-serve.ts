import { startWith } from "./start.ts";

/** The command line with serve alone: the bundle that go starts. */
void startWith({ serve: async () => (await import("./commands/serve.ts")).serve });
