import { expect, test } from 'vitest'
import { engineClient } from './engine-client.ts'

const PACKAGE = 'ioredis-that-is-not-installed'

test('should name the engine and the command that installs its client, when that is not installed', async () => {
  const missing = engineClient('Redis', 'ioredis', () => import(PACKAGE))

  await expect(missing).rejects.toMatchObject({
    code: 'FUNNEL_SHIP_CLIENT_MISSING',
    message: expect.stringMatching(
      /Redis needs a client library that is not installed\. Run: npm install ioredis$/,
    ) as string,
    cause: { code: 'ERR_MODULE_NOT_FOUND' },
  })
})

test('should throw what the client throws when it is installed, and fails to load', async () => {
  const broken = engineClient('Redis', 'ioredis', () => Promise.reject(new SyntaxError('Unexpected token')))

  await expect(broken).rejects.toThrow(new SyntaxError('Unexpected token'))
})

test('should give the client', async () => {
  expect(await engineClient('Redis', 'ioredis', async () => 'the client')).toBe('the client')
})
