import { channelObstacle, FunnelError } from '@pino-funnel/channel'
import { onceInThread } from '../worker/once-in-thread.ts'
import type { Warn } from '../producer/warnings.ts'

/** Of this thread, whichever file and however often this module is loaded. */
const reported = onceInThread('development mode', () => ({ hasWarned: false }))

/** Reports the development mode to a destination, and by a process warning once in each thread. */
export function reportDevelopmentMode(file: string, warn: Warn): void {
  const error = developmentMode(file)
  warn(error)
  if (reported.hasWarned) return
  reported.hasWarned = true
  process.emitWarning(error.message, { code: error.code, type: 'PinoFunnelWarning' })
}

function developmentMode(file: string): FunnelError {
  return new FunnelError(
    'FUNNEL_DEVELOPMENT_MODE',
    `pino-funnel has only a development mode on ${channelObstacle()}: each log call appends to ${file}, options other ` +
      `than 'file', 'mkdir', 'mode' and 'extension' have no effect, and nothing is promised. ` +
      `Deploy with Node.js on Linux.`,
  )
}
