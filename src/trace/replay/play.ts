import { onAbort } from "../../on-abort.ts";
import type { Order } from "./order.ts";

/**
 * Makes calls in an order, until all have settled.
 *
 * @param call makes the call with this number
 * @throws (rejects) what a call throws; then no more are made, and those in flight aren't waited for. The reason of the
 *   signal, once it has fired
 */
export async function play(
  count: number,
  order: Order,
  call: (number: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let [next, inFlight, isOver] = [0, 0, false];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const fail = (error: unknown) => {
    isOver = true;
    reject(error);
  };
  const isReady = () => {
    if (isOver || next === count) return false;
    if (timer !== undefined) clearTimeout(timer); // even for undefined, it takes a while
    const wait = order.wait(next, inFlight);
    if (Number.isFinite(wait) && wait > 0) timer = setTimeout(open, Math.ceil(wait));
    else if (wait > 0 && inFlight === 0) fail(new Error(`bug in replay: call ${next} waits for nothing`));
    return wait === 0;
  };
  // A lane makes one call after another. So there are as many as there are calls in flight, and no closure for each call.
  const lane = async () => {
    do {
      const number = next++;
      inFlight++;
      order.sent?.(number);
      const answer = call(number);
      open();
      await answer;
      inFlight--;
      order.answered(number);
    } while (isReady());
    if (inFlight === 0 && next === count) resolve();
  };
  let isOpening = false;
  const open = () => {
    if (isOpening) return; // the loop below does it
    isOpening = true;
    while (isReady()) lane().catch(fail);
    isOpening = false;
  };
  const release = signal && onAbort(signal, () => fail(signal.reason));
  try {
    if (count === 0) return;
    open();
    await promise;
  } finally {
    clearTimeout(timer);
    release?.();
  }
}
