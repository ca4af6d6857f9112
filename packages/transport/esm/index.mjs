// For `import`: the same module instance that `require` gets, with a default export that is the transport itself.
import funnel from '../dist/index.js'

export default funnel.default
export const { destination, FunnelError, poolEnvironment, workerBindings } = funnel
