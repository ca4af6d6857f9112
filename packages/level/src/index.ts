/**
 * Levels of running loggers, as an operator orders them: `pino-funnel level`.
 *
 * What always holds here:
 * - An order is a file in the channel, which appears and goes whole, so that orders at the same moment don't mix, and an
 *   order needs neither its asker nor a listener.
 * - An order ends by itself: after its time, and with the boot of the machine where that has an id.
 * - A worker that follows decides which order applies, and puts a record about each change into its log.
 */
export { endOrders, giveOrder, ordersIn, ordersInForce, type GivenOrder } from './orders.ts'
export { isLevelName, isWorkerText, isFor, type LevelOrder, type OrderedWorker } from './level-order.ts'
export { OrderFollower, type Obeyed } from './order-follower.ts'
export { type Followed, type FollowedLogger } from './ordered-levels.ts'
