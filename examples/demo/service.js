/** One worker of the service. Nothing in here knows about other workers, the listener, or being killed. */
import { Ledger } from '@pino-funnel/test/records'
import Fastify, { LogController } from 'fastify'
import pino from 'pino'
import { destination } from 'pino-funnel'

const { LOG_FILE, LEDGERS, WORKER, SHIP } = process.env

// The two lines that matter: this one, and the import. Fastify logs through it as well, except for the requests, which
// are logged below.
const log = pino(destination({ file: LOG_FILE, ...(SHIP && { ship: JSON.parse(SHIP) }) }))
const logController = new LogController({ disableRequestLogging: true })
const service = Fastify({ loggerInstance: log, logController })

service.get('/orders/:id', (request) => ({ id: request.params.id, state: 'shipped' }))

// Logs one record for each request, then notes in the ledger that the call has returned. So the verdict knows which
// records must be in the log, even when this worker is killed.
const ledger = new Ledger(LEDGERS, WORKER)
service.addHook('onResponse', async (request, reply) => {
  const { statusCode, elapsedTime: responseTime } = reply
  ledger.log(`${request.method} ${request.url}`, (record) =>
    log.info({ ...record, statusCode, responseTime }, 'request completed'),
  )
})

// Ctrl-C reaches the whole process group; the primary decides when its workers stop.
process.on('SIGINT', () => {})

// The system chooses the port. All workers of a cluster that ask for port 0 share that port.
service.listen({ host: '127.0.0.1', port: 0 }, (error) => {
  if (error) throw error
})
