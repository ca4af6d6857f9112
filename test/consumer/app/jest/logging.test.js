const { readFileSync } = require('node:fs')
const pino = require('pino')
const { destination } = require('pino-funnel')

test('logs', (done) => {
  const file = process.env.LOG_FILE
  const stream = destination({ file })
  pino(stream).info('hello from jest')
  stream.flush((error) => {
    expect(error).toBeFalsy()
    expect(readFileSync(file, 'utf8')).toContain('"msg":"hello from jest"')
    stream.once('close', () => done())
    stream.end()
  })
})
