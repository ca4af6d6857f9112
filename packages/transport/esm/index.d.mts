import funnel = require('../dist/index.js')

export default funnel.default
export import destination = funnel.destination
export import followLevel = funnel.followLevel
export import FunnelError = funnel.FunnelError
export import poolEnvironment = funnel.poolEnvironment
export import workerBindings = funnel.workerBindings
export type Destination = funnel.Destination
export type DestinationOptions = funnel.DestinationOptions
export type FunnelErrorCode = funnel.FunnelErrorCode
export type MmapOption = funnel.MmapOption
export type OverflowPolicy = funnel.OverflowPolicy
export type PoolOptions = funnel.PoolOptions
export type WorkerBindings = funnel.WorkerBindings
