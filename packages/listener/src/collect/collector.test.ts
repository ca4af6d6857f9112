import { DEFAULT_LOG_OPTIONS, type LogOptions } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import { readLedger } from '@pino-funnel/ledger'
import { existsSync, readlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished, vi } from 'vitest'
import { FileCollector } from '../append/file-collector.ts'
import { shares } from '../control/open-files.ts'
import { FallbackPolls } from '../scheduling/fallback-polls.ts'
import { connection, openWriter, patience, temporaryChannel, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'

const SMALL: LogOptions = { ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, size: 8 } }
const JOINS: LogOptions = {
  ...DEFAULT_LOG_OPTIONS,
  lifecycle: { ...DEFAULT_LOG_OPTIONS.lifecycle, records: { joined: { level: 30 } } },
}

describe('rotation on demand', patience, () => {
  test('should be of all log files, or of the one that is named', async () => {
    const scene = new Scene()
    const app = scene.join(DEFAULT_LOG_OPTIONS)
    const other = scene.join(DEFAULT_LOG_OPTIONS, 'app.other.log')
    await scene.write(app, 'one\n')
    expect(scene.collector.rotate('app.log')).toEqual([{ file: 'app.log', to: 'app.1.log', error: null }])
    await scene.write(app, 'two\n')
    await scene.write(other, 'three\n')
    expect(scene.collector.rotate(undefined)).toEqual([
      { file: 'app.log', to: 'app.2.log', error: null },
      { file: 'app.other.log', to: 'app.other.1.log', error: null },
    ])
    expect(scene.collector.rotate('app.log')).toEqual([{ file: 'app.log', to: null, error: null }])
  })

  test('should say why it failed, and not be reported as trouble to workers', async () => {
    const scene = new Scene()
    const dateFormat = `'${'x'.repeat(300)}'`
    const worker = scene.join({ ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, size: 8, dateFormat } })
    await scene.write(worker, 'one....\n', 'two....\n')
    const [rotated] = scene.collector.rotate('app.log')
    expect(rotated).toMatchObject({ file: 'app.log', to: null })
    expect(rotated?.error).toContain('ENAMETOOLONG')
    expect(scene.collector.status()[0]?.trouble).toContain('ENAMETOOLONG')
    expect(scene.collector.troubleOf(scene.entryOf(worker)), 'it can be appended to').toBeUndefined()
  })

  test('should take no log file for a rotated one of another log', async () => {
    const scene = new Scene()
    const limited = scene.join({ ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, limit: { count: 0 } } })
    const numbered = scene.join(DEFAULT_LOG_OPTIONS, 'app.7.log')
    await scene.write(numbered, 'seven\n')
    await scene.write(limited, 'one\n')
    expect(scene.collector.rotate('app.log')[0]?.to).not.toBeNull()
    await until(() => scene.logs.length === 1, 'the rotated file to be deleted')
    expect(scene.logs).toEqual(['app.7.log'])
  })
})

describe('what the listener itself has to say', patience, () => {
  test('should leave no mailbox behind when a log for each worker has none any more', async () => {
    const scene = new Scene()
    const stays = scene.join(DEFAULT_LOG_OPTIONS, 'app.stays.log')
    for (const name of ['app.1x.log', 'app.2x.log']) await scene.leave(scene.join(JOINS, name))
    await until(() => scene.notices.length === 2, 'a record of each worker that has joined')
    await until(() => scene.mailboxes.length === 1, 'the mailboxes of those logs to be gone')
    expect(scene.mailboxes).toEqual([stays.id])
  })
})

describe('a mailbox whose writer has ended', patience, () => {
  test('should be collected and deleted at once, without a fallback poll', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'first\n')
    const entry = scene.entryOf(writer)
    await until(() => entry.reading.state === 'asleep', 'a quiet worker to be left in peace')
    vi.spyOn(FallbackPolls.prototype, 'begin').mockReturnValue(false)
    vi.spyOn(FallbackPolls.prototype, 'msUntilDue', 'get').mockReturnValue(2 ** 30)
    onTestFinished(() => void vi.restoreAllMocks())
    scene.collector.readSoon(entry)
    await until(() => entry.reading.state === 'asleep', 'it to be left in peace again')

    writer.append('last\n')
    writer.seal()
    entry.liveness.disconnected(connection)
    entry.liveness.probed({ life: 'dead' })

    await until(() => scene.mailboxes.length === 0, 'the mailbox to be deleted')
    expect(scene.text).toBe('first\nlast\n')
  })

  test('should not make the listener take its own mailbox for that of a worker', async () => {
    const channel = temporaryChannel()
    const dead = openWriter(channel)
    dead.append('left behind\n')
    const scene = new Scene(channel)
    const entry = scene.entryOf(dead)
    entry.liveness.probed({ life: 'dead' })
    await until(() => scene.populations.includes(false), 'its mailbox to be deleted')

    await until(() => scene.collector.windUp(), 'the collector to wind up')

    expect(scene.notices.map(({ event }) => event)).toContain('recovered')
    expect(scene.populations.filter((isPopulated) => isPopulated)).toHaveLength(1)
  })
})

describe('segments that can not be given up', patience, () => {
  test('should hold up no log file, and be reported once', async () => {
    const scene = new Scene()
    const [stuck, sound] = [scene.join(DEFAULT_LOG_OPTIONS), scene.join(DEFAULT_LOG_OPTIONS)]
    vi.spyOn(scene.entryOf(stuck), 'retire').mockImplementation(() => {
      throw new Error('EPERM')
    })
    await scene.write(stuck, 'one\n')
    await scene.write(stuck, 'two\n')
    await scene.write(sound, 'three\n')

    expect(scene.text).toBe('one\ntwo\nthree\n')
    expect(scene.collector.status()).toMatchObject([{ file: 'app.log', trouble: null }])
    expect(scene.reports.filter((line) => line.includes(stuck.id))).toEqual([
      `segments of the mailbox ${stuck.id} can't be given up: Error: EPERM`,
    ])
  })
})

describe('flushes that a worker waits for', patience, () => {
  const far = { position: { sequence: 9, offset: 1 }, since: performance.now() }

  test('should be forgotten when the connection ends by which they were asked for', () => {
    const scene = new Scene()
    const entry = scene.entryOf(scene.join(DEFAULT_LOG_OPTIONS))
    const [old, young] = [{ send: () => {} }, { send: () => {} }]
    for (const asker of [old, young]) entry.addFlush({ ...far, connection: asker, answer: () => {} })
    entry.forgetFlushes(old)
    expect(entry.hasFlushes).toBe(true)
    entry.forgetFlushes(young)
    expect(entry.hasFlushes).toBe(false)
  })

  test('should be refused when there are thousands, and they have waited for a minute', () => {
    const scene = new Scene()
    const entry = scene.entryOf(scene.join(DEFAULT_LOG_OPTIONS))
    const answers: string[] = []
    for (let flush = 0; flush <= 10_000; flush += 1)
      entry.addFlush({
        ...far,
        connection,
        since: far.since - (flush === 0 ? 60_000 : 0),
        answer: (obstacle) => answers.push(`${flush}: ${obstacle}`),
      })
    expect(answers).toEqual(['0: it has waited for a minute, and thousands wait with it'])
    entry.addFlush({ ...far, connection, answer: (obstacle) => answers.push(String(obstacle)) })
    expect(answers, 'young ones wait on, however many they are').toHaveLength(1)
  })
})

describe('the record of a worker that has joined', patience, () => {
  test('should come before its first line', async () => {
    const scene = new Scene()
    const writer = scene.begin(JOINS)
    writer.append('first\n')
    scene.meet(writer)
    scene.collector.start()
    await until(() => scene.text.includes('first') && scene.notices.length > 0, 'both to be in the log')
    expect(scene.text.indexOf('"joined"')).toBeLessThan(scene.text.indexOf('first'))
  })
})

describe('log files that there are no descriptors for', patience, () => {
  test('should be opened for each batch, and not be noted as closed each time', async () => {
    const { logs } = shares
    Object.assign(shares, { logs: 1 })
    onTestFinished(() => void Object.assign(shares, { logs }))
    const scene = new Scene()
    const files = ['app.log', 'app.other.log']
    const writers = files.map((file) => scene.join(DEFAULT_LOG_OPTIONS, file))
    const pass = vi.spyOn(FileCollector.prototype, 'setAside')
    onTestFinished(() => pass.mockRestore())
    for (let round = 0; round < 3; round += 1) {
      for (const [index, writer] of writers.entries()) {
        writer.append(`${round} of ${files[index]}\n`)
        scene.collector.readSoon(scene.entryOf(writer))
      }
      await until(() => pass.mock.calls.length > round, 'the second log file to be closed')
    }

    const ledgers = files.map((file) => readLedger(scene.channel.directory, file)?.last)
    expect(ledgers).toMatchObject([{ isClosed: false }, { isClosed: false }])
  })
})

describe('the passes of a collector', patience, () => {
  test('should be one chain, whatever a pass reports', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const isAtRest = (): boolean => scene.entryOf(writer).reading.state === 'asleep'
    await scene.write(writer, 'one\n')
    // While it has work, it may wait for another timer for a moment.
    await until(isAtRest, 'the worker to be left in peace')
    const before = timers()
    for (let time = 0; time < 20; time += 1) {
      truncateSync(join(scene.channel.logDirectory, 'app.log'))
      await scene.write(writer, `after truncation ${time}\n`)
      await until(() => scene.notices.length > 0, 'a record about it')
    }
    await expect(
      until(() => isAtRest() && timers() <= before, `no more than ${before} timers`),
    ).resolves.toBeUndefined()
  })
})

describe('a worker that a former listener has found', patience, () => {
  test('should not join again when it has logged nothing yet', async () => {
    const scene = new Scene()
    const old = scene.join(JOINS)
    await until(() => scene.notices.length === 1, 'a record of the worker that has joined')

    const next = scene.succeed()
    next.meet(old)
    await next.write(next.join(JOINS), 'young\n')

    await until(() => next.notices.length > 1, 'a record of the next worker that has joined')
    expect(next.notices).toHaveLength(2)
  })
})

describe('the link current.log', patience, () => {
  test('should stay with the log that has it, and the other log should get one record about it', async () => {
    const scene = new Scene()
    const linked: LogOptions = { ...SMALL, symlink: true }
    const [first, second] = [scene.join(linked, 'access.log'), scene.join(linked)]
    first.append('of access.log\n')
    scene.collector.readSoon(scene.entryOf(first))
    const link = join(scene.channel.logDirectory, 'current.log')
    await until(() => existsSync(link), 'the link to be made')
    await scene.write(second, 'app 1\n', 'app 2\n', 'app 3\n')
    await until(() => scene.notices.length > 0, 'a record about it')
    await scene.write(second, 'app 4\n')
    expect(scene.notices).toEqual([{ event: 'not-linked', leadsTo: 'access.log' }])
    expect(readlinkSync(link)).toBe('access.log')
  })
})
