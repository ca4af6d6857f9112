import { readLog, type LogLine, type ReadOptions } from '@pino-funnel/reader'
import { consume, type HandleRecords } from '@pino-funnel/ship'
import { Console } from 'node:console'
import { pipeline } from 'node:stream/promises'
import pino from 'pino'
import { destination, poolEnvironment, workerBindings, type PoolOptions, type WorkerBindings } from 'pino-funnel'
import { logger, taskLogger } from 'pino-funnel/pool'

const stream = destination({ file: 'logs/app.log' })
pino(stream).info('typed')
stream.flush((error) => {
  if (error) throw error
  stream.end()
})

// In the place of other streams.
process.stdin.pipe(stream)
process.stdout.write = stream.write.bind(stream)
new Console(stream).log('typed')
await pipeline(process.stdin, stream)
stream.end('text\n', () => {}).end(null)
stream.reopen('logs/other.log')
await stream[Symbol.asyncDispose]()
{
  await using scoped = destination({ file: 'logs/app.log', mode: '640' })
  scoped.write(new Uint8Array(), () => {})
}

const options: PoolOptions = { file: 'logs/app.log', level: 'debug' }
const environment: Record<string, string> = poolEnvironment(options)
const bindings: WorkerBindings = workerBindings()
const log: pino.Logger = taskLogger('a task')
log.info({ environment, bindings }, 'typed')
logger.child({ own: true }).warn('typed')

// @ts-expect-error without a file there is nowhere to write
destination({})
// @ts-expect-error a misspelt option is not silently left out
destination({ file: 'logs/app.log', flie: 'logs/app.log' })

const reading: ReadOptions = { from: 'end', follow: true, wants: ({ content }) => content?.levels['50'] !== 0 }
for await (const line of readLog('logs/app.log', reading)) {
  const { text, cursor, position }: LogLine = line
  log.info({ text, cursor, position })
}
const handle: HandleRecords = (records, { log: id, to }) =>
  log.info({ ids: records.map((record) => record.id), id, to })
await consume({ to: 'nats', options: { stream: 'LOGS', durable: 'archive' } }, handle)

// @ts-expect-error a position or a cursor
readLog('logs/app.log', { from: true })
// @ts-expect-error an engine has a name
await consume({ options: {} }, handle)
