// For `import`: the same module instance that `require` gets, with a default export that is the transport itself.
// To Node.js the default of a CommonJS module is all of it, to some bundlers its export of that name.
import funnel, { destination, followLevel, FunnelError, poolEnvironment, workerBindings } from '../dist/index.js'

export default funnel.default ?? funnel
export { destination, followLevel, FunnelError, poolEnvironment, workerBindings }
