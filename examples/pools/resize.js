// The task of the workers in all these pools. One line gives it a logger.
import { taskLogger } from 'pino-funnel/pool'

export function resize(picture) {
  const log = taskLogger(picture)
  log.info('resizing')
  log.info({ width: 320 }, 'resized')
  return `small ${picture}`
}
