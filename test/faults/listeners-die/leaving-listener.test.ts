import { layoutOf, listenerSocketName, proveLife } from '@pino-funnel/channel'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../../kit/processes/fixture.ts'
import { loggedMore, nextListener } from '../../kit/logs/progress.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { kill } from '../../kit/started-processes.ts'
import { removeInUse } from '../../kit/remove-in-use.ts'
import { until } from '../../kit/until.ts'
import { Random } from '../../fixtures/shared/random.js'

/** The default, 10 s, can pass on a busy machine while one listener leaves and the next one starts. */
const flushTimeout = 120_000

describe('a listener that leaves', () => {
  test.each([
    ['a process that lives on', 'worker/log', { next: 'close and stay' }],
    ['a thread that ended in a process that lives on', 'threads/come-and-go', {}],
  ])('should leave nothing behind, after it was launched by %s', async (_by, fixture, more) => {
    const directory = logDirectory()
    const { file, ledgers, channel } = directory
    const settings = { file, ledgers, worker: 'worker', count: 1_000, linger: 300, ...more }
    const worker = startFixture(fixture, [JSON.stringify(settings)])
    const { pid, epoch } = await directory.listenerElected()

    await directory.listenerGone()

    expect(directory.mailboxes()).toEqual([])
    expect(await proveLife(channel, listenerSocketName(epoch))).toEqual({ life: 'absent' })
    // Fails when there is a socket or a fifo anywhere.
    cpSync(directory.logs, join(directory.root, 'backup'), { recursive: true })
    await until(() => !existsSync(`/proc/${pid}`), `no zombie of the listener ${pid} to be left`)
    expect(worker.exit).toBeUndefined()
    expect(await directory.check()).toMatchObject({ logged: 1_000, ok: true, examples: [] })
  })

  test('should leave when a cleaner has removed the empty directory for drafts, and be replaced when it is killed', async () => {
    const directory = logDirectory()
    const { file, ledgers, channel } = directory
    const worker = startFixture('worker/keep-logging', [
      JSON.stringify({ file, ledgers, worker: 'a', pause: 5, linger: 300 }),
    ])
    const { pid, epoch } = await directory.listenerPresent()
    await loggedMore(directory, 'a', 20)

    removeInUse(layoutOf(channel).tmp)
    kill(pid, 'SIGKILL')
    await nextListener(directory, epoch)
    await loggedMore(directory, 'a', 20)
    removeInUse(layoutOf(channel).tmp)
    worker.write('end')
    await worker.succeeded()

    await directory.listenerGone()
    expect(directory.mailboxes()).toEqual([])
    expect(await directory.check()).toMatchObject({ ok: true, examples: [] })
  })

  test('should stay for the linger when the last writer has gone, and serve who comes in that time', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const visits = ['a', 'b', 'c']

    for (const worker of visits) {
      const settings = { file, ledgers, worker, count: 10, linger: 60_000 }
      await startFixture('worker/log', [JSON.stringify(settings)]).succeeded()
      await directory.drained()
    }

    expect(directory.listener()?.epoch).toBe(1)
  })

  test('should write what is logged in the very moment it leaves, itself or by its successor', async () => {
    const random = new Random()
    const directory = logDirectory()
    const { file, ledgers } = directory
    const visitors = ['x', 'y'].map((name) => {
      const pauses = Array.from({ length: 15 }, () => random.integer(0, 20))
      const settings = { file, ledgers, pauses, linger: 0, flushTimeout, name }
      return startFixture('worker/come-and-go', [JSON.stringify(settings)])
    })

    for (const visitor of visitors) await visitor.succeeded()

    await directory.drained()
    expect(await directory.check(), `seed ${random.seed}`).toMatchObject({ logged: 30, ok: true, examples: [] })
  })

  test('should leave a journal that knows nothing of the workers that came and went before', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    const settings = { file, ledgers, pauses: Array.from({ length: 12 }, () => 0), linger: 0, flushTimeout, name: 'x' }

    await startFixture('worker/come-and-go', [JSON.stringify(settings)]).succeeded()
    await directory.listenerGone()
    const last = { file, ledgers, worker: 'last', count: 1, linger: 0, flushTimeout, next: 'flush without a callback' }
    await startFixture('worker/log', [JSON.stringify(last)]).succeeded()

    await directory.listenerGone()
    expect(readFileSync(layoutOf(directory.channel).journal, 'latin1')).not.toMatch(/\b[0-9a-f]{32}\b/)
    expect(directory.mailboxes()).toEqual([])
  })
})
