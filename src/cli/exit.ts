/** The exit codes of the command line. */
export const exit = {
  ok: 0,
  /** The answer is no. */
  miss: 1,
  /** Nothing was run. */
  usage: 2,
  failed: 3,
  internal: 4,
  notStarted: 5,
  /** Neither yes nor no. */
  undecided: 6,
} as const;

/** What each of {@link exit} means, in the words of the help. */
export const exitMeanings = [
  [exit.ok, "done"],
  [exit.miss, "the answer is no: get found nothing, a check failed, or bench found a figure too slow"],
  [exit.usage, "what was asked for makes no sense; nothing was run"],
  [
    exit.failed,
    "it was tried and it failed: the program died, refused or took too long, a file could not be read or written, or a check could not be run",
  ],
  [exit.internal, "a mistake in cacheprogw itself"],
  [exit.notStarted, "the program could not be started, or did not say hello"],
  [exit.undecided, "bench could not tell whether a figure is too slow"],
] as const;

/** What a shell reports of a program that a signal ended: 128 and the signal's number. */
export const signalExit = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGPIPE: 141, SIGTERM: 143 } as const;
