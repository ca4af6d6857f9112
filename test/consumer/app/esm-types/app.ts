import pino from 'pino'
import { destination } from 'pino-funnel'

const stream = destination({ file: 'logs/app.log' })
pino(stream).info('typed')
stream.flush((error) => {
  if (error) throw error
  stream.end()
})

// @ts-expect-error without a file there is nowhere to write
destination({})
// @ts-expect-error a misspelt option is not silently left out
destination({ file: 'logs/app.log', flie: 'logs/app.log' })
