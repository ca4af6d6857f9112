/** What `top` does when a level is typed. */
import type { Channel } from '@pino-funnel/channel'
import { isLevelName } from '@pino-funnel/level'
import type { LevelKeys } from '@pino-funnel/observe/top'
import { parseSpan } from '../../access/time-option.ts'
import { endOrdersOf, orderLevel } from './order-level.ts'

const DEFAULT_SPAN = '10m'
const WAIT_MS = 2000
const TYPED = /^(?<level>\S+)(?:\s+(?<span>\S+))?$/

/**
 * @param isOwner - whether the channel is this user's: root orders nothing under the name of another user
 * @param signal - does not wait for answers any longer
 */
export function levelKeys(channel: Channel, isOwner: boolean, signal: AbortSignal): LevelKeys {
  return {
    async order(worker, text) {
      if (!isOwner) return 'Root changes no level in a channel of another user. Run top as that user'
      try {
        const { level = '', span = DEFAULT_SPAN } = TYPED.exec(text)?.groups ?? {}
        // Thread 0 is the main thread: without it, the name is that of all threads.
        const name = worker ? `${worker.pid}-${worker.threadId}` : null
        if (level === 'back') return (await endOrdersOf(channel, name, null, signal)).join('  ')
        if (!isLevelName(level))
          return `A level is a name such as debug, and a time may follow, such as 10m; got '${text}'`
        const given = { level, worker: name, file: null, span: parseSpan('for', span) }
        return (await orderLevel(channel, given, { wait: WAIT_MS, signal })).lines.join('  ')
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
  }
}
