/** Every `code` of this library's errors, and what it means. The list is closed. */
export const errorCodes = {
  BAD_ARGUMENT: "An argument or option is of the wrong kind, length or range. Nothing was started or sent.",
  BAD_COMMAND: "The command is empty, or has an unclosed quote. Nothing was started.",
  START_FAILED: "The program or its working directory doesn't exist, or the program can't be run.",
  TIMEOUT: "The program didn't say hello, respond, read or exit within its timeout.",
  ABORTED: "The caller's AbortSignal fired; `cause` is its reason.",
  PROTOCOL_ERROR: "The program wrote something the go command rejects. The connection is over.",
  EXITED: "The program exited, or closed its stdin or stdout. The connection is over.",
  CLOSED: "The call came after close(), or getOrPut hadn't begun to produce by then.",
  UNSUPPORTED_COMMAND: "The program didn't declare this command in its hello. Nothing was sent.",
  SERVER_ERROR: "The program answered with an error; the message contains its text.",
  BAD_RESPONSE: "The response to this call lacks something the protocol requires. The connection stays open.",
  BODY_UNREADABLE:
    "A body doesn't exist, isn't a regular file, can't be read, or is too large for memory or TMPDIR. Or a stream failed, or a Response isn't ok.",
  BODY_CHANGED:
    "The body of a put changed while it was sent. The connection is over; no complete wrong body was sent. From copyEntry: the file isn't what its entry says.",
  COPY_FAILED: "copyEntry couldn't write the copy. The path is as it was.",
  FILE_UNREADABLE: "A file or folder of a file set can't be read, or its name isn't valid UTF-8.",
  FILE_CHANGED: "A file of a file set changed or vanished while it was hashed.",
  BAD_TRACE: "A trace can't be read, or isn't one.",
  STORE_FAILED:
    "A store on disk, a file of digests, or the temporary folder of getOrPut, couldn't be opened or written.",
} as const;

/** One of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** Anything that goes wrong between this library and a cache program. Branch on `code`. */
export class CacheProgError extends Error {
  /** "CacheProgError", or the name of a subclass. */
  override readonly name: string = "CacheProgError";
  /** One of {@link errorCodes}. */
  readonly code: ErrorCode;

  /** @param message what happened, to what, and what was expected, with the program's name */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A mistake in a call: an id of the wrong length, an option out of range. Thrown before anything happens. */
export class ArgumentError extends RangeError {
  /** "ArgumentError". */
  override readonly name: string = "ArgumentError";
  /** `BAD_ARGUMENT`, one of {@link errorCodes}. */
  readonly code: ErrorCode = "BAD_ARGUMENT";
}
