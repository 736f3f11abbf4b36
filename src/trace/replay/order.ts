/** Decides when calls are sent. They are numbered from 0, and are always sent in that order. */
export interface Order {
  /**
   * How long the next call has to wait, in ms: 0 if it may be sent now, Infinity if another response must come first.
   *
   * @param inFlight how many calls have no response yet
   */
  wait(number: number, inFlight: number): number;
  /** A call is sent now. */
  sent?(number: number): void;
  /** A call got its response now. */
  answered(number: number): void;
}

/** A fixed number of calls in flight. A call waits for the earlier ones of its action, whose results it depends on. */
export class InFlight implements Order {
  readonly #most: number;
  /** The last call before each that has the same action; -1 if there is none. */
  readonly #previous: Int32Array;
  readonly #isAnswered: Uint8Array;

  constructor(most: number, calls: readonly { readonly action: number }[]) {
    this.#most = most;
    this.#isAnswered = new Uint8Array(calls.length);
    const last = new Map<number, number>();
    this.#previous = Int32Array.from(calls, ({ action }, number) => {
      const previous = last.get(action) ?? -1;
      last.set(action, number);
      return previous;
    });
  }

  wait(number: number, inFlight: number): number {
    const previous = this.#previous[number] ?? -1;
    const isFree = inFlight < this.#most && (previous < 0 || this.#isAnswered[previous] === 1);
    return isFree ? 0 : Number.POSITIVE_INFINITY;
  }

  answered(number: number): void {
    this.#isAnswered[number] = 1;
  }
}

/** In which order calls and responses came, and when, in ms since the start of the recording. */
export interface RecordedOrder {
  /** For each call: how many responses had come before it was sent. */
  readonly after: readonly number[];
  /** For each call: when it was sent. */
  readonly sent: readonly number[];
  /** The calls that got a response, in the order of the responses, and when each came. */
  readonly answers: readonly { readonly call: number; readonly at: number }[];
}

/**
 * As in the recording: a call is sent when all that had their response before it was sent have one now. go may have
 * needed each of them to send it, and needed none of the others, so this has at most as many calls in flight as the
 * recording had at that point, and never sends a call before one that it may depend on.
 */
export class AsRecorded implements Order {
  readonly #recording: RecordedOrder;
  readonly #isAnswered: Uint8Array;
  #reached = 0;

  constructor(recording: RecordedOrder) {
    this.#recording = recording;
    this.#isAnswered = new Uint8Array(recording.after.length);
  }

  /** How many of the recorded responses, from the first on, have come. */
  get reached(): number {
    return this.#reached;
  }

  wait(number: number): number {
    return (this.#recording.after[number] ?? 0) <= this.#reached ? 0 : Number.POSITIVE_INFINITY;
  }

  answered(number: number): void {
    this.#isAnswered[number] = 1;
    const { answers } = this.#recording;
    for (let next = answers[this.#reached]; next !== undefined; next = answers[this.#reached]) {
      if (this.#isAnswered[next.call] !== 1) return;
      this.#reached++;
    }
  }
}

/**
 * As recorded, and no faster: go takes as long from a response to the next call as it took in the recording, such as to
 * compile. A program that is slower than the recorded one delays what comes after it, as in a real build.
 *
 * A timer may be late by a millisecond. That isn't added up: all times are reckoned from when a call was due.
 */
export class AtRecordedPace implements Order {
  readonly #order: AsRecorded;
  readonly #recording: RecordedOrder;
  readonly #now: () => number;
  readonly #due: Float64Array;
  readonly #sent: Float64Array;
  /** When each call would have had its response if it had been sent when it was due. */
  readonly #done: Float64Array;
  /** When that many of the recorded responses had come. */
  readonly #reachedAt: Float64Array;

  /** @param now the clock, in ms */
  constructor(recording: RecordedOrder, now: () => number = () => performance.now()) {
    const { length } = recording.after;
    this.#order = new AsRecorded(recording);
    this.#recording = recording;
    this.#now = now;
    [this.#due, this.#sent, this.#done] = [
      new Float64Array(length),
      new Float64Array(length),
      new Float64Array(length),
    ];
    this.#reachedAt = new Float64Array(recording.answers.length + 1).fill(now(), 0, 1);
  }

  wait(number: number): number {
    if (this.#order.wait(number) > 0) return Number.POSITIVE_INFINITY;
    const { after, sent, answers } = this.#recording;
    const before = after[number] ?? 0;
    const last = before === 0 ? (sent[0] ?? 0) : (answers[before - 1]?.at ?? 0);
    const due = (this.#reachedAt[before] ?? 0) + ((sent[number] ?? 0) - last);
    this.#due[number] = Math.max(due, this.#due[number - 1] ?? 0);
    return Math.max(0, (this.#due[number] ?? 0) - this.#now());
  }

  sent(number: number): void {
    this.#sent[number] = this.#now();
  }

  answered(number: number): void {
    this.#done[number] = (this.#due[number] ?? 0) + (this.#now() - (this.#sent[number] ?? 0));
    const before = this.#order.reached;
    this.#order.answered(number);
    for (let at = before; at < this.#order.reached; at++) {
      const call = this.#recording.answers[at]?.call ?? 0;
      this.#reachedAt[at + 1] = Math.max(this.#reachedAt[at] ?? 0, this.#done[call] ?? 0);
    }
  }
}
