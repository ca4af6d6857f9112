import { destination } from 'pino-funnel'
import { pinoOn } from '../pino/pino-logger.mjs'

export const open = (file) => pinoOn(destination({ file, mmap: 'never' }))
