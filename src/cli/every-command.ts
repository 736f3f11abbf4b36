import { start } from "./start.ts";

/** The command line with all commands, in the order of the help. */
void start({
  info: async () => (await import("./commands/info.ts")).info,
  get: async () => (await import("./commands/get.ts")).get,
  put: async () => (await import("./commands/put.ts")).put,
  serve: async () => (await import("./commands/serve.ts")).serve,
  check: async () => (await import("./commands/check.ts")).check,
  checks: async () => (await import("./commands/checks.ts")).checks,
  bench: async () => (await import("./commands/bench.ts")).bench,
});
