import { readFileSync } from 'node:fs'
import pino from 'pino'
import { destination } from 'pino-funnel'

const file = process.argv[2]
const stream = destination({ file })
pino(stream).info('hello from import.mjs')
stream.flush((error) => {
  if (error) throw error
  process.stdout.write(readFileSync(file))
})
