// NestJS with nestjs-pino, through pino-funnel: LOG_FILE, PORT, LOG_VIA=transport for the pino transport.
import 'reflect-metadata'
import { Controller, Get, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Logger, LoggerModule, PinoLogger } from 'nestjs-pino'
import { destination } from 'pino-funnel'
import { decorate } from './decorate.js'

const { LOG_FILE: file = 'logs/app.log', PORT = 0, LOG_VIA } = process.env

const pinoHttp =
  LOG_VIA === 'transport'
    ? { transport: { target: 'pino-funnel', options: { file } } } // the one line, as a transport
    : { stream: destination({ file }) } // the one line, with the full promise

class OrdersController {
  constructor(logger) {
    this.logger = logger
  }

  find(id) {
    this.logger.info({ order: id }, 'looked up')
    return { order: id }
  }
}
decorate(OrdersController, {
  class: [Controller('orders')],
  injects: [PinoLogger],
  methods: { find: { decorators: [Get(':id')], parameters: [Param('id')] } },
})

function AppModule() {}
decorate(AppModule, {
  class: [Module({ imports: [LoggerModule.forRoot({ pinoHttp })], controllers: [OrdersController] })],
})

const app = await NestFactory.create(AppModule, { bufferLogs: true })
app.useLogger(app.get(Logger))
app.enableShutdownHooks()
await app.listen(Number(PORT), '127.0.0.1')
console.log(`listening on ${await app.getUrl()}`)
