/** What the command line needs of the listener. `records.ts` has what reads lines, `internal.ts` what only tests and benchmarks need. */
export { committedPositions } from './journal/committed-positions.ts'
export type { Collected } from './journal/journal-entry.ts'
export { Listener, runListener, type ListenerEnd, type ListenerOptions } from './listener.ts'
export { describeMailbox } from './mailboxes/describe-mailbox.ts'
export { obeySignals } from './signals.ts'
