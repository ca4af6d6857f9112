import { processIsGone } from '@pino-funnel/channel'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { kill } from '../kit/started-processes.ts'
import { until } from '../kit/until.ts'
import { feedFixture, LEAST_QUEUE_BYTES } from './fed-sink.ts'

describe('a sink that works', () => {
  test.each(['collect.js', 'collect-commonjs.cjs', 'flushes-slowly.js', 'drains-slowly.js'])(
    'should give %s every line once, in order, and let it flush when it is closed',
    async (target) => {
      const sink = feedFixture(target)
      const early = sink.offer(1000)
      await sink.running()
      const late = sink.offer(10_000)

      await sink.close()

      expect(sink.collected).toBe(early + late)
      expect(sink.status).toMatchObject({ state: 'closed', delivered: 11_000, dropped: 0, unconfirmed: 0, restarts: 0 })
      expect(sink.reported).toEqual([])
    },
  )

  test('should give only records of its level and above', async () => {
    const sink = feedFixture('collect.js', { level: 'error' })
    sink.offer(1, 'info', 30)
    const error = sink.offer(1, 'error', 50)

    await sink.close()

    expect(sink.collected).toBe(error)
  })

  test('should give lines whole when they are longer than a pipe takes at once', async () => {
    const sink = feedFixture('collect.js')
    const lines = sink.offer(3, 'ä'.repeat(1_000_000))

    await sink.close()

    expect(sink.collected === lines).toBe(true)
  })

  test("should send the target pino's levels and keys when the target expects them", async () => {
    const sink = feedFixture('wants-config.js')
    sink.offer(1, 'hello', 40)

    await sink.close()

    expect(sink.collected).toBe('warn hello 1\n')
  })

  test('should mean relative paths from where the worker was', async () => {
    const file = join(tmpdir(), `pino-funnel-sink-${process.pid}`)
    onTestFinished(() => rmSync(file, { force: true }))
    const sink = feedFixture('collect.js', { options: () => ({ file: relative(process.cwd(), file) }) })
    const lines = sink.offer(1)

    await sink.close()

    expect(readFileSync(file, 'utf8')).toBe(lines)
  })
})

describe('a sink that fails at the start', () => {
  test.each([
    ['fails-to-load.js', /Cannot find package 'pino-funnel-no-such-module'/],
    ['exports-nothing.js', /must be a function that makes a stream; got undefined/],
    ['throws.js', /Error: thrown at the start/],
    ['rejects.js', /Error: rejected at the start/],
    ['gives-no-stream.js', /must give a stream/],
  ])('should be started again and again, and lose nothing that fits into its queue: %s', async (target, error) => {
    const sink = feedFixture(target)
    sink.offer(10)

    const status = await sink.reached('restarted twice', ({ restarts }) => restarts >= 2)

    expect(status.lastError).toMatch(error)
    expect(status).toMatchObject({ delivered: 0, dropped: 0, unconfirmed: 0 })
    expect(status.waiting).toBeGreaterThan(0)
    expect(sink.notices).toMatchObject([{ event: 'sink-failed', error: expect.stringMatching(error) as string }])
    expect(sink.reported.join('\n')).toMatch(error)
  })
})

describe('a sink that fails in the middle', () => {
  test.each([
    ['exits.js', /exited with code 7/],
    ['kills-itself.js', /SIGKILL/],
    ['errs.js', /failed to write/],
  ])('should be started again, and not get again what it had: %s', async (target, error) => {
    const sink = feedFixture(target)
    await sink.running()
    sink.offer(10)

    const status = await sink.reached('restarted', ({ restarts, state }) => restarts === 1 && state === 'running')

    expect(status.lastError).toMatch(error)
    expect(status.delivered + status.unconfirmed).toBe(10)
    expect(status.waiting).toBe(0)
  })

  test('should go on with what waits, in order and nothing twice, when its process is killed', async () => {
    const sink = feedFixture('collect.js')
    const pid = await sink.running()
    let lines = ''
    for (let round = 0; round < 20; round += 1) lines += sink.offer(5000)
    await until(() => sink.collected.length > 0, 'the first lines to be there')
    kill(pid, 'SIGKILL')
    await sink.reached('restarted', ({ restarts }) => restarts === 1)
    // Those before may all have been in the hands of the process that was killed.
    lines += sink.offer(1000)

    await sink.close()

    const got = sink.collected.split('\n').slice(0, -1)
    const numbers = got.map((line) => Number(/record (\d+)/.exec(line)?.[1]))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    const { delivered, unconfirmed, dropped } = sink.status
    expect(delivered + unconfirmed + dropped).toBe(101_000)
    expect(numbers.length).toBeGreaterThanOrEqual(delivered)
    expect(lines.endsWith(`${got.at(-1)}\n`)).toBe(true)
  })

  test('should be started again when it has closed its stdin', async () => {
    const sink = feedFixture('closes-stdin.js', { hangTimeout: 5000 })
    await sink.running()
    sink.offer(1)
    await sink.reached('given one', ({ delivered }) => delivered === 1)

    sink.offer(1)

    const status = await sink.reached('restarted', ({ restarts }) => restarts >= 1)
    expect(status.lastError).toMatch(/no longer takes lines|took no lines/)
  })

  test('should be started again when a process that it has left behind holds its pipes', async () => {
    const sink = feedFixture('leaves-a-grandchild.js')
    await sink.running()
    sink.offer(1)
    await sink.reached('restarted', ({ restarts, state }) => restarts === 1 && state === 'running')

    const grandchild = Number(sink.collected)
    onTestFinished(() => kill(grandchild, 'SIGKILL'))
    expect(processIsGone(grandchild, '')).toBe(false)
  })
})

describe('a sink that hangs', () => {
  test.each(['takes-nothing.js', 'spins.js'])('should be killed and started again: %s', async (target) => {
    // A start may take longer on a busy machine: then it is started again.
    const sink = feedFixture(target, { hangTimeout: 5000 })
    const pid = await sink.running()
    const { restarts: before } = sink.status
    // More than fits into its pipe, too: it must not end for want of anything to wait for.
    sink.offer(20_000, 'spin')

    const status = await sink.reached('killed', ({ restarts }) => restarts === before + 1)

    expect(status).toMatchObject({ lastError: 'it took no lines within 5000 ms', delivered: 0 })
    expect(status.unconfirmed).toBeGreaterThan(0)
    expect(processIsGone(pid, '')).toBe(true)
    await sink.running()
  })

  test('should be killed when its target is never there', async () => {
    const sink = feedFixture('never-there.js', { hangTimeout: 1000 })

    const { lastError } = await sink.reached('restarted', ({ restarts }) => restarts === 1)

    expect(lastError).toBe('it did not start within 1000 ms')
  })

  test('should hold no more memory than its queue, and have every drop counted and recorded', async () => {
    const sink = feedFixture('takes-nothing.js', { maxQueueBytes: LEAST_QUEUE_BYTES })
    await sink.running()
    for (let round = 0; round < 100; round += 1) sink.offer(1000)
    expect(sink.status.waiting).toBeLessThanOrEqual(LEAST_QUEUE_BYTES)

    await sink.close(100)

    const { delivered, dropped, unconfirmed } = sink.status
    expect(delivered + dropped + unconfirmed).toBe(100_000)
    const recorded = sink.notices.map((notice) => (notice.event === 'sink-dropped' ? notice.count : 0))
    expect(recorded.reduce((sum, count) => sum + count, 0)).toBe(dropped + unconfirmed)
  })
})

describe('a sink that prints', () => {
  test('should have a few lines reported, and go on, when it floods', async () => {
    const sink = feedFixture('floods.js')
    const lines = sink.offer(10)

    await sink.close()

    expect(sink.collected).toBe(lines)
    expect(sink.reported.length).toBeGreaterThan(0)
    expect(sink.reported.length).toBeLessThan(40)
    expect(sink.reported[0]).toMatch(/printed: to std/)
  })
})

describe('closing', () => {
  test.each(['takes-nothing.js', 'spins.js', 'never-there.js'])(
    'should not wait longer than requested for %s',
    async (target) => {
      const sink = feedFixture(target)
      await sink.reached('started', ({ pid }) => pid !== null)
      const { pid } = sink.status
      sink.offer(1, 'spin')

      await sink.close(200)

      expect(sink.status.state).toBe('closed')
      expect(processIsGone(pid ?? 0, '')).toBe(true)
    },
  )
})
