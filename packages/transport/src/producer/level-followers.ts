/** Lets the loggers of this thread obey orders of levels. It is loaded when there is one, or was one. */
import { MAX_ERROR_CHARACTERS, textOf, type LevelReport } from '@pino-funnel/channel'
import { OrderFollower, type Followed } from '@pino-funnel/level'
import { noticedWorker } from '../worker/worker-profile.ts'

/** What obeys, from the first order on. */
export interface Obeying {
  orders: OrderFollower | undefined
}

/** Reads the orders, and obeys them. Never throws. @param none - what is reported where none is in force */
export function obeyOrders(
  followers: Obeying,
  living: () => Iterable<Followed>,
  orders: string,
  none: LevelReport,
): LevelReport {
  try {
    followers.orders ??= new OrderFollower(noticedWorker(), living)
    return { loggers: none.loggers, ...followers.orders.obey(orders) }
  } catch (error) {
    return { ...none, error: textOf(error).slice(0, MAX_ERROR_CHARACTERS) }
  }
}
