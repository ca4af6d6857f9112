import pino from 'pino'
import { bufferedPinoOn } from './pino-logger.mjs'

export const open = (file) =>
  bufferedPinoOn(pino.transport({ target: 'pino-roll', options: { file, frequency: 'daily', mkdir: true } }))
