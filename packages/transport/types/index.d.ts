// The module is the transport itself, for `require` and `import` alike, and all else is a property of it.
import funnel = require('../dist/index.js')

declare function transport(...parameters: Parameters<typeof funnel.default>): ReturnType<typeof funnel.default>

declare namespace transport {
  export { transport as default }
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
}

export = transport
