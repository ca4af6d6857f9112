/** The loggers of this thread that follow orders of levels. Until the first order they cost nothing. */
import { seemsThere, type Channel, type LevelReport } from '@pino-funnel/channel'
import type { Followed } from '@pino-funnel/level'
import { onceInThread } from '../worker/once-in-thread.ts'
import { obeyOrders, type Obeying } from './level-followers.ts'

/** Of one channel. */
interface Followers extends Obeying {
  /** A logger may go before its destination does. */
  readonly followed: Set<WeakRef<Followed>>
}

/** By the channel's name. */
const channels = onceInThread('level followers', () => new Map<string, Followers>())

/** Adds a logger. It obeys the orders from the next time on that they are read. */
export function addFollower(channelRoot: string, followed: Followed): void {
  const followers = channels.get(channelRoot) ?? { followed: new Set(), orders: undefined }
  channels.set(channelRoot, followers)
  followers.followed.add(new WeakRef(followed))
}

/** Lets the loggers read the orders, where there ever were any, and obey them. Never throws. */
export function obeyLevels(channel: Channel): LevelReport {
  const followers = channels.get(channel.root)
  const loggers = followers ? [...living(followers)].length : 0
  const none = { loggers, level: null, until: null, error: null }
  if (!followers || loggers === 0) return none
  // What obeys is loaded with this call.
  if (!followers.orders && !seemsThere(channel.levels)) return none
  return obeyOrders(followers, () => living(followers), channel.levels, none)
}

function* living({ followed }: Followers): Iterable<Followed> {
  for (const reference of followed) {
    const each = reference.deref()
    if (each) yield each
    else followed.delete(reference)
  }
}
