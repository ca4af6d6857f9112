import { FunnelError, systemCureIn } from '@pino-funnel/channel'

export function hasEnded(): FunnelError {
  return new FunnelError(
    'FUNNEL_DESTINATION_ENDED',
    'This destination was closed, so nothing can be written to it. Open a new one.',
  )
}

export function flushTimedOut(timeout: number, file: string): FunnelError {
  return new FunnelError(
    'FUNNEL_FLUSH_TIMEOUT',
    `No listener has written all records to ${file} within ${timeout} ms (option 'flushTimeout'). ` +
      `They are safe in their mailbox; the next listener writes them.`,
  )
}

export function droppingRecords(file: string, why: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_RECORD_DROPPED',
    `Records for ${file} are being dropped: ${why}.${systemCureIn(why) || howToFindOut(file)} ` +
      `They are counted, and a record in the log will report the count.`,
    { cause },
  )
}

function howToFindOut(file: string): string {
  return ` The listener is behind or missing; find out why: npx --no pino-funnel doctor ${file}.`
}
