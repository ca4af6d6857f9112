import pino from 'pino'
import { StringDecoder } from 'node:string_decoder'
import { pinoOn } from './pino-logger.mjs'

/** The default stream of pino. */
export const open = () => pinoOn(pino.destination(1))

/** A pipe cuts its data anywhere. Only whole lines are passed on, otherwise lines of two workers would mix. */
export function serve(worker, dest, shared) {
  shared.stream ??= pino.destination({ dest, sync: false })
  const decoder = new StringDecoder('utf8')
  let rest = ''
  worker.stdout.on('data', (chunk) => {
    const text = rest + decoder.write(chunk)
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    if (end > 0) shared.stream.write(text.slice(0, end))
  })
}
