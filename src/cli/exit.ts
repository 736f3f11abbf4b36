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

/** What each of {@link exit} means, for the help. */
export const exitMeanings = [
  [exit.ok, "done"],
  [exit.miss, "the answer is no: a miss, a failed check, builds that differ, a figure that is too slow"],
  [exit.usage, "usage error; nothing was run"],
  [
    exit.failed,
    "it failed: the program died, refused or took too long, a file couldn't be read or written, or a check couldn't be run",
  ],
  [exit.internal, "internal error (a bug in cacheprogw)"],
  [exit.notStarted, "the program couldn't be started, or never said hello"],
  [exit.undecided, "bench couldn't tell whether a figure is too slow"],
] as const;

/** What a shell reports when a signal ends a program: 128 plus the number of the signal. */
export const signalExit = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGPIPE: 141, SIGTERM: 143 } as const;
