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
