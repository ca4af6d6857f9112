import { describe, expect, test } from 'vitest'
import { CommandedWorker } from '../../kit/processes/commanded-worker.ts'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { mmaps } from '../../kit/machine/mmaps.ts'

describe.each(mmaps)('a worker, mmap %s', (mmap) => {
  test('should ring each time the listener has fallen asleep again', async () => {
    const directory = logDirectory()
    const listener = await drowsyListener(directory)
    const worker = new CommandedWorker(directory, 'worker', { mmap })
    await listener.printed('hello')

    for (let rings = 1; rings <= 5; rings += 1) {
      worker.send({ log: 1 })
      await listener.printed('ring\n'.repeat(rings))
    }

    expect(listener.stdout).toBe(`listening\nhello\n${'ring\n'.repeat(5)}`)
  })

  test('should ring although nothing more happens in its event loop', async () => {
    const directory = logDirectory()
    const listener = await drowsyListener(directory)
    const worker = new CommandedWorker(directory, 'worker', { mmap })
    await listener.printed('hello')

    for (let rings = 1; rings <= 5; rings += 1) {
      worker.send({ logInTimer: 1 })
      await listener.printed('ring\n'.repeat(rings))
    }

    expect(listener.stdout).toBe(`listening\nhello\n${'ring\n'.repeat(5)}`)
  })

  test('should ring once, and be free to end, when a listener that sleeps is stopped', async () => {
    const directory = logDirectory()
    const listener = await drowsyListener(directory)
    const worker = new CommandedWorker(directory, 'worker', { mmap })
    await listener.printed('hello')
    listener.kill('SIGSTOP')

    worker.send({ logInTurns: 5_000 })

    await worker.leaves()
    listener.kill('SIGCONT')
    await listener.printed('ring')
    expect(listener.stdout).toBe('listening\nhello\nring\n')
  })
})

async function drowsyListener({ channel, logs }: LogDirectory): Promise<Fixture> {
  const listener = startFixture('listener/drowsy', [JSON.stringify({ root: channel, logs })])
  await listener.printed('listening')
  return listener
}
