/**
 * What goes on in a log directory: asks the listener, reads the disk. Nothing here changes a channel or a log.
 *
 * - `live/`: the state of a channel now; the listener's control socket
 * - `words/`: sizes, times and tables as a person reads them
 */
export { type HoldReport } from './live/hold-reports.ts'
export { ask, findListener, notify, watchListener } from './live/listener-client.ts'
export { ratesBetween, type Rates } from './live/rates.ts'
export { launchedOf, type ShipReport } from './live/ship-reports.ts'
export { gatherStatus, type StatusReport } from './live/status-report.ts'
export {
  behindText,
  isBehind,
  isShipperBehind,
  isShipperInTrouble,
  isShipperStuck,
  isSinkInTrouble,
  shipperStateText,
  troublesOf,
  verdictOf,
} from './live/troubles.ts'
export { type MailboxReport } from './live/stored-mailboxes.ts'
export {
  byUrgency,
  isInTrouble,
  levelText,
  STATE_STYLES,
  stateOf,
  WORKER_STATES,
  workersOf,
  workerText,
  type WorkerState,
} from './live/worker-state.ts'
export { recentEvents, type SeenEvent } from './timeline/recent-events.ts'
export { agoText, clockText, countedText, countText, rateText, sizeText, spanText } from './words/amounts.ts'
export { alignColumns, cut, painter, type Cell, type Column, type Paint, type Style } from './words/columns.ts'
export { zonedText, zoneOffset } from './words/zoned-text.ts'
