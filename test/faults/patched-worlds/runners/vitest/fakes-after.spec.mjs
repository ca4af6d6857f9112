import pino from 'pino'
import { destination } from 'pino-funnel'
import { test, vi } from 'vitest'
import { expectLogged } from '../logs.cjs'

test('should flush when everything is fake that vitest can fake', async () => {
  vi.useFakeTimers({
    now: 0,
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
      'Date',
      'performance',
      'hrtime',
      'queueMicrotask',
    ],
  })
  await expectLogged({ pino, destination }, process.env.LOG_FILE)
})
