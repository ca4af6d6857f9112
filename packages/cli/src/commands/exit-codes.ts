/** What the shell gets. */
export const EXIT_OK = 0
/** The command could not do what it was asked to. */
export const EXIT_FAILED = 1
/** The command line was wrong. */
export const EXIT_USAGE = 2
/** There is no channel for this log directory. */
export const EXIT_NO_CHANNEL = 3
