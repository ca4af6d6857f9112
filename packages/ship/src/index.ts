/**
 * Ships logs to engines, and reads what was shipped.
 *
 * - `engine/`: what an engine is
 * - `engines/`: NATS JetStream, Redis Streams, Kafka, OTLP, Loki, Elasticsearch, RELP, by name
 * - `shipping/`: one log to one engine
 * - `resuming/`: where a shipper goes on
 * - `running/`: a shipper with its state in the channel
 * - `consume/`: records out of an engine
 */
export { consume, type ConsumeOptions, type ConsumeSource, type HandleRecords } from './consume/consume.ts'
export type { ForeignMessage } from './consume/handlers.ts'
export type { ShippedRecord } from './engines/batch-records.ts'
export type { EnginePromise, LogOrigin } from './engine/engine.ts'
export { runShipper, type RunShipperOptions } from './running/run-shipper.ts'
export { holdName } from './running/ship-log.ts'
export {
  askShipper,
  shippersOf,
  wakeShipper,
  type KnownShipper,
  type ShipStatus,
  type Silence,
} from './running/status.ts'
export type { LogPlace } from './source/reader-source.ts'
export { isShipperName, parseShipSettings, type ShipSettings } from './settings/ship-settings.ts'
export { sentenceOf, type ShipEvent } from './resuming/ship-event.ts'
export { leaveDecision, type Decision } from './state/decision.ts'
export { readLeader } from './state/leader-record.ts'
export { deleteState } from './state/leadership.ts'
export { shipDirectory } from './state/ship-directory.ts'
