// Code under test that logs, and closes nothing.
const { logger, taskLogger } = require('pino-funnel/pool')

test('logs', () => {
  for (let n = 0; n < 10; n += 1) logger.info({ n }, 'logged')
  taskLogger('a task').warn('logged')
  expect(logger.level).toBe('info')
})
