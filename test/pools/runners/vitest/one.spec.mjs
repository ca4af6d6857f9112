// Code under test that logs, and closes nothing.
import { logger, taskLogger } from 'pino-funnel/pool'
import { expect, test } from 'vitest'

test('logs', () => {
  for (let n = 0; n < 10; n += 1) logger.info({ n }, 'logged')
  taskLogger('a task').warn('logged')
  expect(logger.level).toBe('info')
})
