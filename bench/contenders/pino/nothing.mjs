import { pinoOn } from './pino-logger.mjs'

export const open = () => pinoOn({ write() {} })
