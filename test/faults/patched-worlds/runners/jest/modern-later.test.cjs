const pino = require('pino')
const { destination } = require('pino-funnel')
const { expectLogged } = require('../logs.cjs')

test('should flush when all timers are fake after the import', async () => {
  jest.useFakeTimers({ now: 0 })
  await expectLogged({ pino, destination }, process.env.LOG_FILE)
})
