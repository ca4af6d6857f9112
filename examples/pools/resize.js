// What the workers of all these pools do. One line, and they log.
import { taskLogger } from 'pino-funnel/pool'

export function resize(picture) {
  const log = taskLogger(picture)
  log.info('resizing')
  log.info({ width: 320 }, 'resized')
  return `small ${picture}`
}
