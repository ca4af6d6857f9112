// For `import`: the same module instance that `require` gets.
import pool from '../dist/pool/index.js'

export const { logger, taskLogger } = pool
