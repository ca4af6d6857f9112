import { DEFAULT_LOG_OPTIONS, LIFECYCLE_BY_DEFAULT, type ListenerNotice, type LogOptions } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import type { FileCollector } from '../append/file-collector.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { patience, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'
import { Succession } from './succession.ts'

const BY_DEFAULT: LogOptions = { ...DEFAULT_LOG_OPTIONS, lifecycle: LIFECYCLE_BY_DEFAULT }
const ALL: LogOptions = { ...BY_DEFAULT, lifecycle: { ...LIFECYCLE_BY_DEFAULT, records: { listener: { level: 30 } } } }
/** Without stalls: no worker answers there. */
const LOST: LogOptions = {
  ...BY_DEFAULT,
  lifecycle: { ...LIFECYCLE_BY_DEFAULT, records: { listener: { level: 40, how: 'lost' } } },
}
const NONE: LogOptions = { ...BY_DEFAULT, lifecycle: { ...LIFECYCLE_BY_DEFAULT, records: {} } }

function after(how: ListenerNotice['how']): ListenerNotice {
  return { event: 'listener', listener: 200, epoch: 2, former: { listener: 100, epoch: 1 }, how }
}

function fileWith(options: LogOptions, name = 'app.log'): FileCollector {
  return { name, options } as FileCollector
}

function mailbox({ isWorker = true, wasFoundBefore = true, hasEnded = false, wasSeenAlive = true }): MailboxEntry {
  return { isWorker, reader: { wasFoundBefore }, liveness: { hasEnded, wasSeenAlive } } as MailboxEntry
}

const SERVED = mailbox({})

describe('the record that another listener writes a log', () => {
  test.each([
    ['lost', BY_DEFAULT, 1],
    ['lost', NONE, 0],
    ['left', BY_DEFAULT, 0],
    [null, BY_DEFAULT, 0],
    ['left', ALL, 1],
    [null, ALL, 1],
  ] as const)('should be there as the option says when the former one is: %s', (how, options, count) => {
    const written: unknown[] = []
    const succession = new Succession(after(how), (_, notice) => void written.push(notice))
    const file = fileWith(options)
    for (let poll = 0; poll < 2; poll += 1)
      succession.notify(
        () => [file],
        [SERVED],
        () => true,
      )
    expect(written).toEqual(Array.from({ length: count }, () => after(how)))
  })

  test.each([
    ['has ended', mailbox({ hasEnded: true })],
    ['was not there yet', mailbox({ wasFoundBefore: false })],
    ['is a listener', mailbox({ isWorker: false })],
  ])('should not be there, without being asked for, when each writer %s: all has ended together', (_, entry) => {
    const written: unknown[] = []
    const succession = new Succession(after('lost'), (_file, notice) => void written.push(notice))
    const files = [fileWith(BY_DEFAULT), fileWith(ALL, 'all.log')]
    succession.notify(
      () => files,
      [entry],
      () => true,
    )
    expect(written).toEqual([after('gone')])
  })

  test('should wait until it is known whether a worker lives', () => {
    const written: unknown[] = []
    const succession = new Succession(after('lost'), (_, notice) => void written.push(notice))
    const file = fileWith(BY_DEFAULT)
    for (const entry of [mailbox({ wasSeenAlive: false }), SERVED])
      succession.notify(
        () => [file],
        [entry],
        () => true,
      )
    expect(written).toEqual([after('lost')])
  })

  test('should wait for the options of a log, and be in no log that comes later', () => {
    const written: string[] = []
    const succession = new Succession(after('lost'), ({ name }) => void written.push(name))
    const [app, access] = [fileWith(BY_DEFAULT), fileWith(BY_DEFAULT, 'access.log')]
    succession.notify(
      () => [app, access],
      [SERVED],
      (file) => file === access,
    )
    expect(written).toEqual(['access.log'])
    succession.notify(
      () => [app, access, fileWith(BY_DEFAULT, 'later.log')],
      [SERVED],
      () => true,
    )
    expect(written).toEqual(['access.log', 'app.log'])
  })

  test('should be in the log that a listener leaves to the next one', patience, async () => {
    const scene = new Scene()
    const worker = scene.join(LOST)
    await scene.write(worker, 'one\n')
    const next = scene.succeed(after('lost'))
    next.meet(worker)
    next.collector.start()
    await until(() => next.text.includes('"event":"listener"'), 'the record')
    expect(next.notices).toEqual([after('lost')])
  })
})
