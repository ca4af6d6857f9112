import { fs } from 'memfs'
import pino from 'pino'
import { destination } from 'pino-funnel'
import { expect, test, vi } from 'vitest'
import { expectLogged } from '../logs.cjs'

vi.mock('node:fs', async () => (await import('memfs')).fs)
vi.mock('fs', async () => (await import('memfs')).fs)

test('should log to the real file when fs is memfs', async () => {
  fs.mkdirSync('/only/here', { recursive: true })
  const { existsSync } = await import('node:fs')
  expect(existsSync('/only/here')).toBe(true)
  await expectLogged({ pino, destination }, process.env.LOG_FILE)
})
