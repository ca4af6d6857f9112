import pino from 'pino'
import { pinoOn } from './pino-logger.mjs'

export const open = (dest) => pinoOn(pino.destination({ dest, sync: true }))
