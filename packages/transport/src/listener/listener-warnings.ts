/** Recoverable errors that concern the listener; each one is the event `warning` of a destination. */
import { FunnelError, systemCure, systemCureIn, type Difference } from '@pino-funnel/channel'

/** For a worker whose options for a log file do not apply. */
export function optionsDiffer(differences: readonly Difference[]): FunnelError {
  const shown = differences.map(({ option, given, effective }) => {
    return `${option} is ${JSON.stringify(given)} here and ${JSON.stringify(effective)} there`
  })
  return new FunnelError(
    'FUNNEL_OPTIONS_DIFFER',
    `Another worker opened this log file first with different options. Its options apply: ${shown.join('; ')}. ` +
      `Give all workers of a log file the same options.`,
  )
}

export function logFileTrouble(error: string): FunnelError {
  return new FunnelError(
    'FUNNEL_LOG_FILE_TROUBLE',
    `The listener can't append to the log file: ${error}.${systemCureIn(error)} Records wait in their mailboxes; the listener tries again.`,
  )
}

/** @param isLost - whether records are lost, so that another flush can't help */
export function flushFailed(reason: string, isLost: boolean): FunnelError {
  if (isLost) {
    return new FunnelError(
      'FUNNEL_RECORDS_LOST',
      `Records before this flush may be lost: ${reason}.${systemCureIn(reason)}`,
    )
  }
  return new FunnelError(
    'FUNNEL_CHANNEL_TROUBLE',
    `The listener can't currently read this worker's mailbox: ${reason}.${systemCureIn(reason)} Records stay in it; flush again later.`,
  )
}

export function channelUnreadable(root: string, cause: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_CHANNEL_TROUBLE',
    `This worker can't read the channel ${root}: ${String(cause)}.${systemCure(cause)} Records stay in their mailboxes; trying again.`,
    { cause },
  )
}
