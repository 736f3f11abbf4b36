import { mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "../../at-exit.ts";
import { Failure, systemReason } from "../failure.ts";

/** A new temporary folder that only this user can read. It is removed at the end of its scope, or of the process. */
export class TempFolder implements AsyncDisposable {
  readonly path: string;
  readonly #forget: () => void;

  /** @throws {Failure} if it can't be created */
  constructor() {
    // Synchronous: no signal may end the process between these two steps.
    const path = makeFolder();
    this.#forget = atExit(() => rmSync(path, { recursive: true, force: true }));
    this.path = path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    this.#forget();
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "cacheprogw-"));
  } catch (cause) {
    throw new Failure(`can't create a folder in ${tmpdir()}: ${systemReason(cause)}`, { cause });
  }
}
