import { FunnelError, type Difference } from '@pino-funnel/channel'

/** What somebody is told whose wishes for a log file are not in force. */
export function optionsDiffer(differences: readonly Difference[]): FunnelError {
  const shown = differences.map(({ option, given, effective }) => {
    return `${option} is ${JSON.stringify(given)} here and ${JSON.stringify(effective)} there`
  })
  return new FunnelError(
    'FUNNEL_OPTIONS_DIFFER',
    `Somebody has opened the same log file before, with other options, and these are in force: ${shown.join('; ')}. ` +
      `Give all workers of a log file the same options.`,
  )
}
