/** The loggers of this thread that follow orders of levels. Until the first order they cost nothing. */
import { MAX_ERROR_CHARACTERS, seemsThere, textOf, type Channel, type LevelReport } from '@pino-funnel/channel'
import { OrderFollower, type Followed } from '@pino-funnel/level'
import { noticedWorker } from '../worker/worker-profile.ts'
import { followersOf, type Followers } from './followers.ts'

/** Lets the loggers read the orders, where there ever were any, and obey them. Never throws. */
export function obeyLevels(channel: Channel): LevelReport {
  const followers = followersOf(channel.root)
  const loggers = followers ? [...living(followers)].length : 0
  const none = { loggers, level: null, until: null, error: null }
  if (!followers || loggers === 0) return none
  if (!followers.orders && !seemsThere(channel.levels)) return none
  try {
    followers.orders ??= newOrderFollower(followers)
    return { loggers, ...followers.orders.obey(channel.levels) }
  } catch (error) {
    return { ...none, error: textOf(error).slice(0, MAX_ERROR_CHARACTERS) }
  }
}

function newOrderFollower(followers: Followers): OrderFollower {
  return new OrderFollower(noticedWorker(), () => living(followers))
}

function* living({ followed }: Followers): Iterable<Followed> {
  for (const reference of followed) {
    const each = reference.deref()
    if (each) yield each
    else followed.delete(reference)
  }
}
