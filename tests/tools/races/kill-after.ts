/*
 * Runs a cache program, and kills it after a time:
 *
 *     bun tests/tools/races/kill-after.ts MS PROGRAM [ARG...]
 */
const [ms = "", ...command] = process.argv.slice(2);
const program = Bun.spawn(command, { stdin: "inherit", stdout: "inherit", stderr: "inherit" });
const timer = setTimeout(() => program.kill("SIGKILL"), Number(ms));
await program.exited;
clearTimeout(timer);
