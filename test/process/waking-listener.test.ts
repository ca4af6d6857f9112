import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/fixture.ts'
import { logDirectory } from '../kit/test-log-directory.ts'

describe.each(['mapped', 'plain'] as const)('a worker, %s', (form) => {
  test('should ring each time it logs while the listener sleeps', async () => {
    const { file, ledgers, channel, logs } = logDirectory()
    const listener = startFixture('sleeping-listener', [JSON.stringify({ root: channel, logs })])
    await listener.printed('listening')
    const worker = startFixture('log-at-word', [JSON.stringify({ file, form, ledgers, worker: 'worker' })])
    await listener.printed('hello')

    for (let rings = 1; rings <= 5; rings += 1) {
      worker.write('log\n')
      await listener.printed('ring\n'.repeat(rings))
    }

    expect(listener.stdout).toBe(`listening\nhello\n${'ring\n'.repeat(5)}`)
  })
})
