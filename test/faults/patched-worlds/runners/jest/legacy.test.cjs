const { expectLogged } = require('../logs.cjs')

jest.useFakeTimers({ legacyFakeTimers: true })

test('should flush when timers are legacy fakes', async () => {
  await expectLogged({ pino: require('pino'), destination: require('pino-funnel').destination }, process.env.LOG_FILE)
})
