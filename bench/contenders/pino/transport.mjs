import pino from 'pino'
import { bufferedPinoOn } from './pino-logger.mjs'

export const open = (destination) => bufferedPinoOn(pino.transport({ target: 'pino/file', options: { destination } }))
