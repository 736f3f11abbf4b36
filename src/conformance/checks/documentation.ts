/*
 * Sentences of the protocol's documentation, word for word: the comments of the package cmd/go/internal/cacheprog.
 * A test finds each of them in the installed Go.
 */

/** The program sends the first message. */
export const greets = "The subprocess should immediately send a [Response] with its capabilities.";

/** Each request gets a response. */
export const replies =
  "After that, the go command will send a stream of [Request] messages and the subprocess should reply to each [Request] with a [Response] message.";

/** Stdout carries nothing else. */
export const onlyReplies =
  "With the exception of the first protocol message that the child writes to its stdout with ID==0 and KnownCommands populated, these are only sent in response to a Request from the go command.";

export const echoesID = "It must be echoed in the Response from the child.";

export const bodyFollows =
  'A ProgRequest of Type "put" with BodySize > 0 will be followed by a line containing a base64-encoded JSON string literal of the body.';

export const noBody = "BodySize is the number of bytes of Body. If zero, the body isn't written.";

export const keyOfGet = "[Request.ActionID] specifies the key of the object to get.";

export const miss = "If the cache does not contain this object, it should set [Response.Miss] to true.";

/** The fields of a hit. */
export const hit =
  'Otherwise, it should populate the fields of [Response], including setting [Response.OutputID] to the OutputID of the original "put" request and [Response.DiskPath] to the path of a local file containing the Body of the original "put" request.';

export const sizeOfHit = "body size in bytes";

export const lastsUntilClose = 'That file must continue to exist at least until a "close" request.';

export const stores =
  'The cache should store [Request.OutputID] and [Request.Body] under this key for a later "get" request.';

export const storesInFile =
  'It must also store the Body in a file in the local file system and return the path to that file in [Response.DiskPath], which must exist at least until a "close" request.';

export const absolute =
  'DiskPath is the absolute path on disk of the body corresponding to a "get" (on cache hit) or "put" request\'s ActionID.';

/** In the documentation since Go 1.27. */
export const withoutExtensions =
  "By convention, cached files are stored without any filename extensions. Some tools may filter out files with extensions.";

export const exits =
  "The cache program should reply to this request and then exit (thus closing its stdout).";
