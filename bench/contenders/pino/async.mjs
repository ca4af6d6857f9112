import pino from 'pino'
import { bufferedPinoOn } from './pino-logger.mjs'

export const open = (dest) => bufferedPinoOn(pino.destination({ dest, sync: false, minLength: 4096 }))
