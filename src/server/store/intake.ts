import { CacheProgError } from "../../errors.ts";
import { reason } from "../../trouble.ts";
import type { Hit, PutRequest, Stored } from "../handlers.ts";
import type { Directories } from "./directories.ts";
import { type BodyFile, IncomingBody } from "./incoming-body.ts";
import { SpareFolder } from "./spare-folder.ts";
import { whyUnwritable } from "./store-directory.ts";
import type { TempFile } from "./temp-file.ts";

/** A store, as its intake sees it. */
export interface IntakeStore {
  readonly directory: string;
  /** What messages call it. */
  readonly name: string;
  /** Why nothing may be written to it; undefined if it may be. */
  readonly problem: unknown;
  readonly warn: (line: string) => void;
  readonly directories: Directories;
}

/** Creates a file for a body in the store. @throws the reason if it can't */
type Create = () => TempFile;

/** How a store keeps a complete body and its entry. The ids are in hex. T is what the entry says of the body's file. */
export interface Place<T> {
  readonly actionID: string;
  readonly outputID: string;
  /** Where the body belongs. */
  readonly diskPath: string;
  /** Brings the body to its path, unless it's there. @throws the reason if it can't */
  storeBody(body: IncomingBody): T;
  /** Writes the entry. @throws the reason if it can't */
  storeEntry(file: T): void;
  /** What a get returns if the body is at this path. */
  hitAt(diskPath: string): Hit;
}

const keptElsewhere = "hits are served, and puts are kept until close";

/**
 * Takes bodies into a store or, if it can't be written, into a {@link SpareFolder} until close, and says so once.
 */
export class Intake {
  /** Whether puts can succeed: the store or TMPDIR was writable at the start. */
  readonly canPut: boolean;
  readonly #store: IntakeStore;
  readonly #spare: SpareFolder;
  #warned = false;

  constructor(store: IntakeStore) {
    this.#store = store;
    this.#spare = new SpareFolder(store.directories);
    const { problem, directory } = store;
    const why = problem === undefined ? whyUnwritable(directory) : reason(problem);
    const whyNoSpare = why && SpareFolder.whyImpossible();
    this.canPut = !whyNoSpare;
    if (whyNoSpare)
      this.#tell(why, `only hits are served, because TMPDIR can't be written either: ${whyNoSpare}`);
  }

  /** The last put of an action, if that is in the spare folder; null if its file is gone; undefined if it isn't there. */
  spare(actionID: string): Hit | null | undefined {
    return this.#spare.get(actionID);
  }

  /** Removes the spare folder. */
  close(): void {
    this.#spare.remove();
  }

  /** A body to fill. @throws {CacheProgError} `STORE_FAILED` */
  body(size: number, create: Create): IncomingBody {
    return this.#writing(() => new IncomingBody(this.#files(size, create)));
  }

  /**
   * Reads the body of a put, and compares it with its OutputID and size.
   *
   * @param create undefined if the store has the body already
   * @param keep stores it, and returns its path
   * @throws {Error} it doesn't match; {CacheProgError} `STORE_FAILED`
   */
  receive(
    request: PutRequest,
    create: Create | undefined,
    keep: (body: IncomingBody) => string,
  ): Stored | Promise<Stored> {
    const outputID = request.outputID.toHex();
    const body = create === undefined ? new IncomingBody() : this.body(request.size, create);
    const finish = () => {
      body.verify(outputID, request.size);
      return { diskPath: keep(body) };
    };
    try {
      for (;;) {
        const chunk = request.body.read();
        if (chunk instanceof Promise) return this.#receiveRest(request, body, chunk, finish);
        if (chunk === null) return finish();
        this.take(body, chunk);
      }
    } catch (error) {
      body.discard();
      throw error;
    }
  }

  async #receiveRest(
    request: PutRequest,
    body: IncomingBody,
    pending: Promise<Uint8Array | null>,
    finish: () => Stored,
  ): Promise<Stored> {
    try {
      for (let chunk = await pending; chunk !== null; ) {
        this.take(body, chunk);
        const next = request.body.read();
        chunk = next instanceof Promise ? await next : next;
      }
      return finish();
    } catch (error) {
      body.discard();
      throw error;
    }
  }

  /** Adds a chunk to a body. @throws {CacheProgError} `STORE_FAILED` */
  take(body: IncomingBody, chunk: Uint8Array): void {
    this.#writing(() => body.take(chunk));
  }

  /** Stores a complete body and its entry. @returns the path of the body. @throws {CacheProgError} `STORE_FAILED` */
  keep<T>(place: Place<T>, body: IncomingBody): string {
    return this.#writing(() => this.#keep(place, body));
  }

  #keep<T>(place: Place<T>, body: IncomingBody): string {
    let { diskPath } = place;
    let isInPlace = false;
    try {
      if (!body.isElsewhere) {
        const file = place.storeBody(body);
        isInPlace = true;
        place.storeEntry(file);
        this.#spare.forget(place.actionID);
        return diskPath;
      }
    } catch (cause) {
      if (!isInPlace) body.moveElsewhere(cause);
      else this.#tell(cause, keptElsewhere);
    }
    if (!isInPlace) {
      diskPath = this.#spare.place(place.outputID);
      body.commit(diskPath);
      body.discard();
    }
    this.#spare.note(place.actionID, place.hitAt(diskPath));
    return diskPath;
  }

  /** The files for a body of that size: one in the store or, if that fails, one in the spare folder. */
  #files(size: number, create: Create): BodyFile {
    return {
      first: () => {
        const { problem } = this.#store;
        if (problem !== undefined) throw problem;
        return create();
      },
      other: (cause) => {
        try {
          const file = this.#spare.create(size);
          this.#tell(cause, keptElsewhere);
          return file;
        } catch (error) {
          throw new Error(`${reason(cause)}; and elsewhere: ${reason(error)}`, { cause });
        }
      },
    };
  }

  /** Runs `work`, and turns its failure into `STORE_FAILED`: nothing can be written, here or in TMPDIR. */
  #writing<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      this.#tell(cause, "puts fail, and hits are served");
      throw new CacheProgError("STORE_FAILED", this.#unwritable(cause), { cause });
    }
  }

  #unwritable(cause: unknown): string {
    return `${this.#store.name} in ${this.#store.directory} can't be written: ${reason(cause)}`;
  }

  #tell(cause: unknown, consequence: string): void {
    if (!this.#warned) this.#store.warn(`cacheprogw: ${this.#unwritable(cause)}; ${consequence}`);
    this.#warned = true;
  }
}
