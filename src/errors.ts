/** Every `code` that an error of this library can have, and what it means. The list is closed. */
export const errorCodes = {
  BAD_ARGUMENT: "An argument or option is of the wrong kind, length or range. Nothing was started or sent.",
  BAD_COMMAND: "The command is empty, or has a quote that nothing ends. Nothing was started.",
  START_FAILED: "The program, or its working directory, is not there or can not be run.",
  TIMEOUT: "The program did not say hello, answer, read or exit within the time that it was given.",
  ABORTED: "The caller's AbortSignal fired; `cause` is its reason.",
  PROTOCOL_ERROR: "The program wrote something that the go command refuses. The connection is over.",
  EXITED: "The program exited, or closed its stdin or stdout. The connection is over.",
  CLOSED: "The call came after close().",
  UNSUPPORTED_COMMAND: "The program did not declare this command in its hello. Nothing was sent.",
  SERVER_ERROR: "The program answered with an error of its own; the message has its text.",
  BAD_RESPONSE: "The answer to this call lacks something that the protocol demands. The connection lives.",
  BODY_UNREADABLE:
    "A body is not there, is not a regular file, can not be read, or is too large to be in memory.",
  BODY_CHANGED:
    "The body of a put changed while it was sent. The connection is over; no wrong body was completed.",
  STORE_FAILED: "A store on disk could not be opened or written.",
} as const;

/** One of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** The error of everything that can go wrong between this library and a cache program: branch on `code`. */
export class CacheProgError extends Error {
  override readonly name: string = "CacheProgError";
  /** What went wrong, from a closed list. */
  readonly code: ErrorCode;

  /** @param message what happened, to what, and what was expected; it names the program */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A mistake in a call: an id of the wrong length, an option out of range. Thrown before anything happens. */
export class ArgumentError extends RangeError {
  override readonly name: string = "ArgumentError";
  readonly code: ErrorCode = "BAD_ARGUMENT";
}
