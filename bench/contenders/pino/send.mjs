import pino from 'pino'
import { pinoOn } from './pino-logger.mjs'

export const open = () => pinoOn({ write: (line) => process.send(line) })

export function serve(cluster, dest) {
  const stream = pino.destination({ dest, sync: false })
  cluster.on('message', (_worker, line) => stream.write(line))
}
