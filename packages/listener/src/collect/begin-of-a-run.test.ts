import { DEFAULT_LOG_OPTIONS, type LogOptions, type MailboxWriter } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { patience, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'

const JOINS: LogOptions = {
  ...DEFAULT_LOG_OPTIONS,
  lifecycle: { ...DEFAULT_LOG_OPTIONS.lifecycle, records: { joined: { level: 30 } } },
}

describe('a log file that is to be rotated when a run begins', patience, () => {
  const AT_START: LogOptions = { ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, atStart: true } }

  /** A worker that logs nothing, and is left in peace then. */
  async function joinQuietly(scene: Scene): Promise<MailboxWriter> {
    const writer = scene.join(AT_START)
    const entry = scene.entryOf(writer)
    scene.collector.start()
    await until(() => entry.reading.isDry && entry.reading.state === 'asleep', 'a quiet worker to be left in peace')
    return writer
  }

  test('should be when a worker comes after the last one has gone, and not when one comes beside another', async () => {
    const scene = new Scene()
    const first = scene.join(AT_START)
    await scene.write(first, 'first\n')
    const second = scene.join(AT_START)
    await scene.write(second, 'second\n')
    expect(scene.logs).toEqual(['app.log'])
    for (const writer of [first, second]) await scene.leave(writer)
    const third = scene.join(AT_START)
    await scene.write(third, 'third\n')
    expect(scene.texts).toEqual({ 'app.1.log': 'first\nsecond\n', 'app.log': 'third\n' })
  })

  test('should get first what a worker of the run before has left', async () => {
    const scene = new Scene()
    const first = scene.join(AT_START)
    await scene.write(first, 'first\n')
    first.append('its final lines\n')
    const left = scene.leave(first)
    const second = scene.begin(AT_START)
    await left
    scene.meet(second)
    await scene.write(second, 'second\n')
    expect(scene.texts).toEqual({ 'app.1.log': 'first\nits final lines\n', 'app.log': 'second\n' })
  })

  test('should name the worker that begins the run only in the new file', async () => {
    const scene = new Scene()
    const log = { ...AT_START, lifecycle: JOINS.lifecycle }
    const first = scene.join(log)
    await scene.write(first, 'first\n')
    await until(() => scene.notices.length === 1, 'a record of the worker that has joined')
    await scene.leave(first)
    const second = scene.join(log)
    await scene.write(second, 'second\n')
    await until(() => scene.notices.length === 2, 'a record of the next worker that has joined')
    const joined = (name: string): number => scene.texts[name]!.split('"joined"').length - 1
    expect([joined('app.1.log'), joined('app.log')]).toEqual([1, 1])
  })

  test('should not keep a worker waiting for proof about others while one is alive', async () => {
    const scene = new Scene()
    await scene.write(scene.join(AT_START), 'first\n')
    // The kernel is being asked about it, and does not answer.
    vi.spyOn(scene.entryOf(scene.begin(AT_START)).liveness, 'probe').mockReturnValue()
    await scene.write(scene.join(AT_START), 'second\n')
    expect(scene.logs).toEqual(['app.log'])
  })

  test('should not wait for a mailbox that cannot be deleted', async () => {
    const scene = new Scene()
    const { tmp } = scene.channel
    const first = scene.join(AT_START)
    await scene.write(first, 'first\n')
    const obstruct = (): void => {
      rmSync(tmp, { recursive: true })
      writeFileSync(tmp, 'another file')
    }
    obstruct()
    await scene.leave(first)
    rmSync(tmp)
    mkdirSync(tmp)
    const second = scene.begin(AT_START)
    obstruct()
    scene.meet(second)
    await scene.write(second, 'second\n')
    expect(scene.texts).toEqual({ 'app.1.log': 'first\n', 'app.log': 'second\n' })
    expect(scene.collector.roster.size, 'the first mailbox is still there').toBe(2)
  })

  test('should not be when there is a new listener, and the only worker of the run has logged nothing yet', async () => {
    const scene = new Scene()
    const quiet = await joinQuietly(scene)
    const other = scene.join(AT_START)
    await scene.write(other, 'other\n')
    await scene.leave(other)

    const next = scene.succeed()
    next.meet(quiet)
    await next.write(quiet, 'quiet\n')

    expect(next.texts).toEqual({ 'app.log': 'other\nquiet\n' })
  })

  test('should be when there is a new listener, and the run has logged nothing yet', async () => {
    const scene = new Scene()
    const former = scene.join(AT_START)
    await scene.write(former, 'former\n')
    await scene.leave(former)
    await until(() => scene.mailboxes.length === 0, 'its mailbox to be gone')
    const quiet = await joinQuietly(scene)

    const next = scene.succeed()
    next.meet(quiet)
    await next.write(quiet, 'quiet\n')

    expect(next.texts).toEqual({ 'app.1.log': 'former\n', 'app.log': 'quiet\n' })
  })

  test('should not be when the option is not effective', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(old, 'old\n')
    await scene.write(scene.join(AT_START), 'young\n')
    expect(scene.logs).toEqual(['app.log'])
  })
})
