import { test, vi } from 'vitest'
import { expectLogged } from '../logs.cjs'

test('should flush when timers were fake before the import', async () => {
  vi.useFakeTimers({ now: 0 })
  const [{ default: pino }, { destination }] = [await import('pino'), await import('pino-funnel')]
  await expectLogged({ pino, destination }, process.env.LOG_FILE)
})
