import { onAbort } from "../../on-abort.ts";
import type { PendingCall } from "../body/body-source.ts";

/** Stands for a call that settles when a signal fires: for reading a body that no request is made for. */
export class PendingSignal implements PendingCall, Disposable {
  settled = false;
  whenSettled: ((why?: unknown) => void) | undefined;
  readonly #unlisten: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#unlisten = signal && onAbort(signal, () => this.#settle(signal.reason));
  }

  #settle(why: unknown): void {
    this.settled = true;
    this.whenSettled?.(why);
  }

  [Symbol.dispose](): void {
    this.#unlisten?.();
  }
}
