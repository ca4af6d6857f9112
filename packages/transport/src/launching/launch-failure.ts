/** Why no listener starts, for people: what was seen, and what helps. */
import { cureForStart, FunnelError } from '@pino-funnel/channel'

/** No process could be started. */
export function notStarted(cause: unknown): FunnelError {
  if (cause instanceof FunnelError) return cause
  return new FunnelError(
    'FUNNEL_LAUNCH_FAILED',
    `pino-funnel can't start its listener (${process.execPath}): ${String(cause)}. ${cureForStart(String(cause))} ` +
      `Records stay in their mailboxes, and the next listener writes them. Trying again.`,
    { cause },
  )
}

/**
 * Processes were started, and ended before they served.
 *
 * @param report - what they have written, as far as that is known
 * @param log - the file with all of it
 */
export function endedAtStart(report: string | undefined, log: string): FunnelError {
  const seen = report === undefined ? 'it ends without a message' : `it reports ${report}`
  return new FunnelError(
    'FUNNEL_LAUNCH_FAILED',
    `pino-funnel's listener ends as soon as it starts, again and again: ${seen}. ` +
      `${cureForStart(report ?? '')} All that it has reported is in ${log}. ` +
      `Records stay in their mailboxes, and the next listener writes them. Trying again.`,
  )
}
