import { start } from "./start.ts";

void start({ serve: async () => (await import("./commands/serve.ts")).serve });
