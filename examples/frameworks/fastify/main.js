// Fastify's own logger, through pino-funnel: LOG_FILE, PORT, LOG_VIA=transport for the pino transport.
import Fastify from 'fastify'
import { destination } from 'pino-funnel'

const { LOG_FILE: file = 'logs/app.log', PORT = 0, LOG_VIA } = process.env

const logger =
  LOG_VIA === 'transport'
    ? { transport: { target: 'pino-funnel', options: { file } } } // the one line, as a transport
    : { stream: destination({ file }) } // the one line, with the full promise

const app = Fastify({ logger })
app.get('/orders/:id', (request, reply) => {
  request.log.info({ order: request.params.id }, 'looked up')
  reply.send({ order: request.params.id })
})

await app.listen({ host: '127.0.0.1', port: Number(PORT) })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)
process.once('SIGTERM', () => void app.close())
