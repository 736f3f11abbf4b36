import { within } from "../../client/deadline.ts";
import { Finding } from "../finding.ts";

/** How long what should be prompt may take, in ms. */
const limit = 2_000;

/** @param what such as "the exit after SIGTERM" @throws {Finding} where it takes more than two seconds */
export async function requirePrompt(promise: Promise<unknown>, what: string): Promise<void> {
  const done = promise.then(() => true);
  if (!(await within(limit, done))) {
    throw new Finding(`${what} within ${limit} ms`, "it did not come", { late: true });
  }
}
