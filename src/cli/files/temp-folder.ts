import { mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, systemReason } from "../failure.ts";
import { atExit } from "../process/at-exit.ts";

/** A fresh folder that only this user can look into. It goes with the end of its scope, or of the process. */
export class TempFolder implements AsyncDisposable {
  readonly path: string;
  readonly #forget: () => void;

  /** @throws {Failure} where there is no place for one */
  constructor() {
    // In one turn: between the two, no signal may end the process.
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
    throw new Failure(`can not make a folder in ${tmpdir()}: ${systemReason(cause)}`, { cause });
  }
}
