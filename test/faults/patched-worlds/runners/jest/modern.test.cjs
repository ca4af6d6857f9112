const { expectLogged } = require('../logs.cjs')

jest.useFakeTimers()

test('should flush when all timers are fake before the import', async () => {
  await expectLogged({ pino: require('pino'), destination: require('pino-funnel').destination }, process.env.LOG_FILE)
})
