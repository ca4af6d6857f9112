import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { identityOf, LogFile } from '../log/log-file.ts'
import { connection, openMailbox, until } from '../testing/channel.test-kit.ts'
import { Log } from '../testing/collected-log.test-kit.ts'
import { openCollector } from '../testing/collector.test-kit.ts'

const LINE = '{"level":30,"n":1}\n'

interface FailedSync {
  readonly log: Log
  /** The names of the files that were written again. */
  readonly rewritten: () => string[]
  /** What the flush was answered, `undefined` when it was fulfilled. */
  readonly answers: (string | undefined)[]
}

/** A line in the log file whose sync fails, and a flush that waits for it. */
function failSync(): FailedSync {
  const log = new Log(DEFAULT_LOG_OPTIONS)
  log.collector.policies.push({ level: 30 })
  log.collector.durability.add({ level: 30 })
  const rewrite = vi.spyOn(LogFile.prototype, 'rewrite')
  vi.spyOn(LogFile.prototype, 'sync').mockImplementationOnce(() => {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
  })
  onTestFinished(() => void vi.restoreAllMocks())
  const answers: (string | undefined)[] = []
  const answer = (obstacle?: string): void => void answers.push(obstacle)
  const position = { sequence: 1, offset: LINE.length }
  log.mailbox.entry.addFlush({ position, connection, since: performance.now(), answer })
  log.write(LINE)
  expect(log.collector.trouble).toContain('EIO')
  expect(answers).toEqual([])
  return { log, answers, rewritten: () => (rewrite.mock.contexts as LogFile[]).map(({ path }) => basename(path)) }
}

async function goOn({ collector, mailbox }: Log): Promise<void> {
  await until(() => {
    collector.collect(new Set([mailbox.entry]))
    return collector.trouble === undefined
  }, 'the trouble to be over')
}

describe('a log file whose sync has failed', () => {
  test('should be written again under its new name when it was renamed before that', async () => {
    const { log, rewritten, answers } = failSync()
    renameSync(log.path, `${log.path}.1`)
    await goOn(log)
    expect(rewritten()).toEqual(['app.log.1'])
    expect(answers).toEqual([undefined])
    expect(log.files).toEqual({ 'app.log': '', 'app.log.1': LINE })
    expect(log.collector.notices).toMatchObject([
      { event: 'unsynced', to: expect.any(Number) as number },
      { event: 'trouble' },
    ])
  })

  test.each([
    ['moved out of its directory', (path: string) => renameSync(path, join(path, '../elsewhere/app.log'))],
    ['deleted', (path: string) => rmSync(path)],
  ])('should fail the flush that waits, and be reported, when it was %s before that', async (_what, remove) => {
    const { log, rewritten, answers } = failSync()
    mkdirSync(join(log.channel.logDirectory, 'elsewhere'))
    remove(log.path)
    await goOn(log)
    expect(rewritten()).toEqual([])
    expect(answers).toEqual([expect.stringContaining('EIO')])
    expect(log.collector.notices).toMatchObject([{ event: 'unsynced', to: null }, { event: 'trouble' }])
    log.write(LINE)
    expect(log.files).toEqual({ 'app.log': LINE })
  })

  test('should fail the next flush of each worker that had lines in it, and no other, when it was deleted before that', async () => {
    const { log, answers } = failSync()
    answers.length = 0
    log.mailbox.entry.forgetFlushes(connection)
    const [other, later] = [openMailbox(log.channel), openMailbox(log.channel)]
    rmSync(log.path)
    await goOn(log)
    for (const { writer } of [other, later]) writer.append(LINE)
    const mailboxes = [log.mailbox, other, later]
    const entries = new Set(mailboxes.map(({ entry }) => entry))
    log.collector.collect(entries)
    const flush = (): string[] => {
      const told: string[] = []
      for (const [number, { entry, writer }] of mailboxes.entries()) {
        const answer = (obstacle?: string, isLost?: boolean): void => {
          if (obstacle !== undefined) told.push(`${number}: ${String(isLost)}`)
        }
        entry.addFlush({ position: writer.position, connection, since: performance.now(), answer })
      }
      log.collector.collect(entries)
      return told
    }
    expect(flush()).toEqual(['0: true'])
    expect(flush()).toEqual([])
  })
})

function failWithEio(): never {
  throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' })
}

describe('a renamed log file whose sync has failed, on a damaged disk', () => {
  test('should hold up the log for a bounded number of tries, be named, and fail the flush that waits', async () => {
    const { log, answers } = failSync()
    const rewrite = vi.spyOn(LogFile.prototype, 'rewrite').mockImplementation(failWithEio)
    renameSync(log.path, `${log.path}.1`)
    const troubles = new Set<string | undefined>()
    await until(() => {
      log.collector.collect(new Set([log.mailbox.entry]))
      troubles.add(log.collector.trouble)
      return log.collector.trouble === undefined
    }, 'the trouble to be over')
    expect([...troubles]).toContainEqual(expect.stringContaining("app.log.1 can't be written again: EIO"))
    expect(answers).toEqual([expect.stringContaining("app.log.1 can't be written again: EIO")])
    expect(log.collector.notices).toMatchObject([{ event: 'unsynced', to: null }, { event: 'trouble' }])
    rewrite.mockClear()
    log.write(LINE)
    expect(log.files['app.log']).toBe(LINE)
    expect(rewrite).not.toHaveBeenCalled()
  })

  test('should not keep the next file from being synced before that is closed', async () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.collector.policies.push({ interval: 3_600_000 })
    log.collector.durability.add({ interval: 3_600_000 })
    log.write(LINE)
    const sync = vi.spyOn(LogFile.prototype, 'sync').mockImplementationOnce(failWithEio)
    const rewrite = vi.spyOn(LogFile.prototype, 'rewrite').mockImplementationOnce(failWithEio)
    onTestFinished(() => void vi.restoreAllMocks())
    renameSync(log.path, `${log.path}.1`)
    const answers: (string | undefined)[] = []
    log.mailbox.writer.append(LINE)
    const answer = (obstacle?: string): void => void answers.push(obstacle)
    log.mailbox.entry.addFlush({ position: log.mailbox.writer.position, connection, since: performance.now(), answer })
    log.collector.collect(new Set([log.mailbox.entry]))
    expect([log.collector.trouble === undefined, answers]).toEqual([false, []])
    const second = identityOf(statSync(log.path, { bigint: true }))
    renameSync(log.path, `${log.path}.2`)
    await goOn(log)
    expect(answers).toEqual([undefined])
    expect((sync.mock.contexts as LogFile[]).map(({ identity }) => identity)).toContain(second)
    expect((rewrite.mock.contexts as LogFile[]).map(({ path }) => basename(path))).toEqual(['app.log.1', 'app.log.1'])
  })
})

test('a sync that fails when the file is closed should be made up for in the file that was moved', async () => {
  const log = new Log(DEFAULT_LOG_OPTIONS)
  log.collector.policies.push({ interval: 3_600_000 })
  log.collector.durability.add({ interval: 3_600_000 })
  log.write(LINE)
  vi.spyOn(LogFile.prototype, 'sync').mockImplementationOnce(() => {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
  })
  const rewrite = vi.spyOn(LogFile.prototype, 'rewrite')
  onTestFinished(() => void vi.restoreAllMocks())
  renameSync(log.path, `${log.path}.1`)
  log.write('{"level":30,"n":2}\n')
  expect(rewrite).toHaveBeenCalledTimes(1)
  expect(log.collector.notices).toMatchObject([{ event: 'unsynced', to: expect.any(Number) as number }])
})

describe('what a killed listener has appended and not synced', () => {
  test.each([{ interval: 3_600_000 }, { level: 50 }] as const)(
    'should be synced once by the next one, when nothing else is logged and the policy is %j',
    (policy) => {
      const log = new Log(DEFAULT_LOG_OPTIONS)
      log.write(LINE)
      const next = openCollector(log.channel)
      next.policies.push(policy)
      next.durability.add(policy)
      const sync = vi.spyOn(LogFile.prototype, 'sync')
      onTestFinished(() => sync.mockRestore())
      for (let pass = 0; pass < 3; pass += 1) next.collect(new Set([log.mailbox.entry]))
      expect(sync).toHaveBeenCalledTimes(1)
    },
  )

  test.each([
    ['no worker wants syncs', false],
    ['the file was closed', true],
  ])('should not be opened when %s', (_why, isClosed) => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write(LINE)
    if (isClosed) log.collector.closeIfIdle(false)
    const next = openCollector(log.channel)
    if (isClosed) next.durability.add({ level: 50 })
    next.collect(new Set([log.mailbox.entry]))
    expect(next.isOpen).toBe(false)
  })
})
