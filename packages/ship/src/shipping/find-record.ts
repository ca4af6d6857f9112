import { FunnelError } from '@pino-funnel/channel'
import type { LogSource } from '../source/log-source.ts'

/**
 * Where a record ends in a log, the last time it is there.
 *
 * @param line - without the newline
 * @param end - of the log: what comes later is not read
 * @throws FunnelError `FUNNEL_SHIP_OTHER_LOG` when the log does not have it
 */
export async function endAfter(source: LogSource, line: string, end: number): Promise<number> {
  const wanted = Buffer.from(`${line}\n`)
  const over = new AbortController()
  let found: number | undefined
  for await (const { from, bytes } of source.read(undefined, over.signal)) {
    for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) {
      if (at === 0 || bytes[at - 1] === 0x0a) found = from + at + wanted.length
    }
    if (from + bytes.length >= end) break
  }
  over.abort()
  if (found !== undefined) return found
  throw new FunnelError(
    'FUNNEL_SHIP_OTHER_LOG',
    `The log does not have the record that is stored last, so it can't go on after it. If it is a new log, run: pino-funnel ship begin. The record begins with: ${line.slice(0, 80)}`,
  )
}
