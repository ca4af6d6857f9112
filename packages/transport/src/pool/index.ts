/**
 * pino-funnel/pool: a logger for the workers of a pool, ready to use.
 *
 * ```js
 * import { logger } from 'pino-funnel/pool'
 * ```
 *
 * The pool's parent says where it logs: see `poolEnvironment`.
 *
 * What always holds in this room: an import opens nothing. The log file is opened when the logger is first used.
 */
import { hostname } from 'node:os'
import pino, { type Logger } from 'pino'
import { destination } from '../destination/destination.ts'
import { workerBindings } from '../worker/worker-profile.ts'
import { followLevel } from './follow-level.ts'
import { onFirstUse } from './on-first-use.ts'
import { poolSettings } from './settings.ts'

/**
 * The logger of this worker. Its records have what pino's have, and also `pool`, `slot` and `thread`: see
 * `workerBindings`.
 *
 * It is made when it is first used, so that a module can import it that the pool's parent loads as well. That first use
 * throws FunnelError `FUNNEL_POOL_UNCONFIGURED` when this worker has no log file, and what `destination()` throws.
 */
export const logger: Logger = onFirstUse(() => {
  const settings = poolSettings()
  const base = { hostname: hostname(), ...workerBindings() }
  return followLevel(pino({ level: settings.level, base }, destination(settings.destination)))
})

let tasks = 0

/**
 * A logger for one task of this worker: its records have the binding `task`.
 *
 * @param task - the application's name for the task; pools don't give a worker their own task numbers
 * @defaultValue how many tasks this worker has had by now, this one counted
 */
export function taskLogger(task?: string | number): Logger {
  tasks += 1
  return logger.child({ task: task ?? tasks })
}
