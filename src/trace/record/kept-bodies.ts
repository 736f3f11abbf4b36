import { closeSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { temporaryName } from "../../server/store/store-names.ts";
import { reason } from "../../trouble.ts";
import type { BodySink } from "./recorder.ts";

/**
 * The bodies of puts, each in a file with its SHA-256 as the name. A file is written under another name first, so it's
 * whole. What can't be written costs the rest of the bodies, never the build.
 */
export class KeptBodies implements BodySink {
  readonly #folder: string;
  readonly #warn: (line: string) => void;
  #isBroken = false;
  #open: { readonly fd: number; readonly path: string } | undefined;

  /** @param warn gets a line without a newline */
  constructor(folder: string, warn: (line: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
    this.#try(() => mkdirSync(folder, { recursive: true }));
  }

  begin(): void {
    this.#try(() => {
      const path = join(this.#folder, temporaryName());
      this.#open = { fd: openSync(path, "wx", 0o666), path };
    });
  }

  write(bytes: Uint8Array): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#try(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(open.fd, bytes, at);
    });
  }

  end(sha256: string): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#try(() => {
      renameSync(open.path, join(this.#folder, sha256));
      this.#open = undefined;
      closeSync(open.fd);
    });
  }

  /** Removes what isn't whole: its put was cut off. */
  close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    try {
      closeSync(open.fd);
      unlinkSync(open.path);
    } catch {
      // It's gone, or it stays: it has the name of a temporary file.
    }
  }

  #try(write: () => void): void {
    if (this.#isBroken) return;
    try {
      write();
    } catch (error) {
      this.#isBroken = true;
      this.close();
      this.#warn(
        `bodies can't be written to ${this.#folder}: ${reason(error)}; the build goes on without them`,
      );
    }
  }
}
