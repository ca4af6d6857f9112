import { printableText } from '@pino-funnel/channel'

/** A value as a part of a line: strings as text, everything else as JSON. */
export function printable(value: unknown): string {
  return printableText(typeof value === 'string' ? value : JSON.stringify(value))
}
