// Express with pino-http, through pino-funnel: LOG_FILE, PORT, LOG_VIA=transport for the pino transport.
import express from 'express'
import { destination } from 'pino-funnel'
import { pinoHttp } from 'pino-http'

const { LOG_FILE: file = 'logs/app.log', PORT = 0, LOG_VIA } = process.env

const logging =
  LOG_VIA === 'transport'
    ? pinoHttp({ transport: { target: 'pino-funnel', options: { file } } }) // the one line, as a transport
    : pinoHttp({ stream: destination({ file }) }) // the one line, with the full promise

const app = express()
app.use(logging)
app.get('/orders/:id', (request, response) => {
  request.log.info({ order: request.params.id }, 'looked up')
  response.json({ order: request.params.id })
})

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
process.once('SIGTERM', () => server.close())
