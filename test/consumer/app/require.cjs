const { readFileSync } = require('node:fs')
const pino = require('pino')
const { destination } = require('pino-funnel')

const file = process.argv[2]
const stream = destination({ file })
pino(stream).info('hello from require.cjs')
stream.flush((error) => {
  if (error) throw error
  process.stdout.write(readFileSync(file))
})
