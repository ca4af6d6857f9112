import pino from 'pino'
import { bufferedPinoOn } from '../pino/pino-logger.mjs'

export const open = (file) => bufferedPinoOn(pino.transport({ target: 'pino-funnel', options: { file } }))
