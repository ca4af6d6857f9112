const { expectLogged } = require('../logs.cjs')

jest.mock('fs', () => require('memfs').fs)
jest.mock('node:fs', () => require('memfs').fs)

test('should log to the real file when fs is memfs', async () => {
  require('memfs').vol.fromJSON({ '/only/here': 'x' })
  expect(require('node:fs').existsSync('/only/here')).toBe(true)
  await expectLogged({ pino: require('pino'), destination: require('pino-funnel').destination }, process.env.LOG_FILE)
})
