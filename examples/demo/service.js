/** One worker of the service. Nothing in here knows of other workers, of the listener, or of being killed. */
import { Ledger } from '@pino-funnel/test/records'
import Fastify, { LogController } from 'fastify'
import pino from 'pino'
import { destination } from 'pino-funnel'

const { LOG_FILE, LEDGERS, WORKER } = process.env

// The two lines that matter: this one, and the import. Fastify logs through it as well, all but the requests, which we
// log ourselves below.
const log = pino(destination({ file: LOG_FILE }))
const logController = new LogController({ disableRequestLogging: true })
const service = Fastify({ loggerInstance: log, logController })

service.get('/orders/:id', (request) => ({ id: request.params.id, state: 'shipped' }))

// One record per request, and behind it a note in the ledger that the call has returned: so the verdict can tell what
// must be in the log, whatever has become of this worker since.
const ledger = new Ledger(LEDGERS, WORKER)
service.addHook('onResponse', async (request, reply) => {
  const { statusCode, elapsedTime: responseTime } = reply
  ledger.log(`${request.method} ${request.url}`, (record) =>
    log.info({ ...record, statusCode, responseTime }, 'request completed'),
  )
})

// Ctrl-C reaches the whole process group; it is for the primary to decide when its workers stop.
process.on('SIGINT', () => {})

// The system chooses the port. In a cluster, all workers that ask for port 0 share the one it chose.
service.listen({ host: '127.0.0.1', port: 0 }, (error) => {
  if (error) throw error
})
