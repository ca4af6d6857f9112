/** The loggers of this thread that follow orders of levels; level-followers.ts lets them obey. */
import type { Followed, OrderFollower } from '@pino-funnel/level'
import { onceInThread } from '../worker/once-in-thread.ts'

/** Of one channel. */
export interface Followers {
  /** A logger may go before its destination does. */
  readonly followed: Set<WeakRef<Followed>>
  orders: OrderFollower | undefined
}

/** By the channel's name. */
const channels = onceInThread('level followers', () => new Map<string, Followers>())

export function followersOf(channelRoot: string): Followers | undefined {
  return channels.get(channelRoot)
}

/** Adds a logger. It obeys the orders from the next time on that they are read. */
export function addFollower(channelRoot: string, followed: Followed): void {
  const followers = channels.get(channelRoot) ?? { followed: new Set(), orders: undefined }
  channels.set(channelRoot, followers)
  followers.followed.add(new WeakRef(followed))
}
