import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'

describe.each(['require', 'never'] as const)('a worker, mmap %s', (mmap) => {
  test('should ring each time the listener has fallen asleep again', async () => {
    const directory = logDirectory()
    const listener = await drowsyListener(directory)
    const worker = startWorker('log-at-word', directory, mmap)
    await listener.printed('hello')

    for (let rings = 1; rings <= 5; rings += 1) {
      worker.write('log\n')
      await listener.printed('ring\n'.repeat(rings))
    }

    expect(listener.stdout).toBe(`listening\nhello\n${'ring\n'.repeat(5)}`)
  })

  test('should ring once, and be free to end, when a listener that sleeps is stopped', async () => {
    const directory = logDirectory()
    const listener = await drowsyListener(directory)
    const worker = startWorker('log-in-turns', directory, mmap, { count: 5_000 })
    await listener.printed('hello')
    listener.kill('SIGSTOP')

    worker.write('go')

    await worker.succeeded()
    listener.kill('SIGCONT')
    await listener.printed('ring')
    expect(listener.stdout).toBe('listening\nhello\nring\n')
  })
})

async function drowsyListener({ channel, logs }: LogDirectory): Promise<Fixture> {
  const listener = startFixture('drowsy-listener', [JSON.stringify({ root: channel, logs })])
  await listener.printed('listening')
  return listener
}

function startWorker(fixture: string, { file, ledgers }: LogDirectory, mmap: string, options: object = {}): Fixture {
  return startFixture(fixture, [JSON.stringify({ file, mmap, ledgers, worker: 'worker', ...options })])
}
