/**
 * pino-funnel: many workers, one log file, one listener that holds the pen.
 *
 * `destination()` for `pino(destination({ file }))`, the default export for `pino({ transport: { target: 'pino-funnel'
 * } })`.
 */
export { FunnelError, type FunnelErrorCode } from '@pino-funnel/channel'
export { destination, type Destination } from './destination/destination.ts'
export type { DestinationOptions, MmapOption, OverflowPolicy } from './options/destination-options.ts'
export { followLevel } from './pool/follow-level.ts'
export { poolEnvironment, type PoolOptions } from './pool/settings.ts'
export { default } from './destination/transport.ts'
export { workerBindings, type WorkerBindings } from './worker/worker-profile.ts'
