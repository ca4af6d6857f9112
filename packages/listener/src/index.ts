/** What the command line needs of the listener. `internal.ts` has what only tests and benchmarks need. */
export { printable, printableText } from './format/printable.ts'
export { parseRecord, valueAt, type LogRecord } from './format/record.ts'
export { committedPositions } from './journal/committed-positions.ts'
export { levelOfLine } from './lines/line-level.ts'
export { Listener, runListener, type ListenerEnd, type ListenerOptions } from './listener.ts'
export { describeMailbox } from './mailboxes/describe-mailbox.ts'
export { obeySignals } from './signals.ts'
