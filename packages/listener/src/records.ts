/** What reads lines of a log. A command that only searches loads no listener. */
export { printableText } from '@pino-funnel/channel'
export { printable } from './format/printable.ts'
export { parseRecord, valueAt, type LogRecord } from './format/record.ts'
export { levelOfLine } from './lines/line-level.ts'
