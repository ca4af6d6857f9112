import reader = require('@pino-funnel/reader')
import ship = require('@pino-funnel/ship')
import pino = require('pino')
import funnel = require('pino-funnel')
import pool = require('pino-funnel/pool')

const stream = funnel.destination({ file: 'logs/app.log' })
pino(stream).info('typed')
stream.flush((error) => {
  if (error) throw error
  stream.end()
})

const log: pino.Logger = pool.taskLogger()
log.info(funnel.workerBindings(), 'typed')
pool.logger.info(funnel.poolEnvironment({ file: 'logs/app.log' }), 'typed')

// @ts-expect-error without a file there is nowhere to write
funnel.destination({})
// @ts-expect-error a misspelt option is not silently left out
funnel.destination({ file: 'logs/app.log', flie: 'logs/app.log' })

const lines: AsyncGenerator<reader.LogLine, void, void> = reader.readLog('logs/app.log', { onGap: (gap) => gap.code })
const consumed: Promise<void> = ship.consume({ to: 'redis', options: {} }, (records) => log.info(records[0]?.line))
log.info({ lines, consumed })

// @ts-expect-error a position or a cursor
reader.readLog('logs/app.log', { from: true })
