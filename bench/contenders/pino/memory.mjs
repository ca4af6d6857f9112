import { pinoOn } from './pino-logger.mjs'

/** Space for the longest line that is measured. */
const memory = Buffer.alloc(64 * 1024)

export const open = () => pinoOn({ write: (line) => memory.write(line) })
