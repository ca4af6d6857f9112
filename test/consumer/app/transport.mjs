import pino from 'pino'

const file = process.argv[2]
pino({ transport: { target: 'pino-funnel', options: { file } } }).info('hello from transport.mjs')
