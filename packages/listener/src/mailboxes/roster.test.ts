import { MailboxReader, type Channel } from '@pino-funnel/channel'
import { once } from 'node:events'
import type * as fileSystem from 'node:fs'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished, vi } from 'vitest'
import type { Collected } from '../journal/journal-entry.ts'
import type { MailboxEntry } from './mailbox-entry.ts'
import { Roster } from './roster.ts'
import { openMailbox, openWriter, temporaryChannel, until } from '../testing/channel.test-kit.ts'

/** What `statSync` gives instead, when it is there. */
const frozen = vi.hoisted((): { stats: unknown } => ({ stats: undefined }))

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof fileSystem>()
  return { ...fs, statSync: (...args: Parameters<typeof fs.statSync>) => frozen.stats ?? fs.statSync(...args) }
})

interface TestRoster {
  readonly roster: Roster
  readonly reports: readonly string[]
  /** Mailboxes whose writers have answered. */
  readonly answers: readonly MailboxEntry[]
}

function openRoster(channel: Channel, positions: ReadonlyMap<string, Collected> = new Map()): TestRoster {
  const reports: string[] = []
  const answers: MailboxEntry[] = []
  const roster = new Roster(channel, positions, {
    found: () => {},
    alive: () => {},
    answered: (entry) => void answers.push(entry),
    succeeded: () => {},
    ended: () => {},
    report: (message) => void reports.push(message),
  })
  onTestFinished(() => roster.close())
  return { roster, reports, answers }
}

/** Takes the place of a mailbox's own socket, and ends each connection, as Node.js does for want of descriptors. */
async function endConnections(mailbox: string): Promise<{ readonly count: () => number }> {
  let count = 0
  const server = createServer((socket) => {
    count += 1
    socket.destroy()
  })
  rmSync(join(mailbox, 'life'))
  server.listen(join(mailbox, 'life'))
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { count: () => count }
}

describe('Roster', () => {
  test.each(['delete', 'forget'] as const)(
    'should keep no mailbox after its %s, and the order of those before and behind it',
    (how) => {
      const channel = temporaryChannel()
      const first = openWriter(channel)
      const second = openWriter(channel, { after: first.id })
      const third = openWriter(channel, { after: second.id })
      for (const writer of [first, second, third]) writer.seal()
      const { roster } = openRoster(channel)
      const [one, two, three] = [first, second, third].map(({ id }) => roster.open(id)!) as [
        MailboxEntry,
        MailboxEntry,
        MailboxEntry,
      ]
      expect([three.former, two.former]).toEqual([two, one])
      roster[how](two)
      expect(three.former).toBe(one)
      roster[how](one)
      expect(three.former).toBe(undefined)
    },
  )

  test('should find a mailbox that came within the tick of the last change, so that its times are the same', () => {
    onTestFinished(() => {
      frozen.stats = undefined
      vi.useRealTimers()
    })
    vi.useFakeTimers({ toFake: ['performance'] })
    const channel = temporaryChannel()
    const { roster } = openRoster(channel)
    frozen.stats = { mtimeNs: 1n, ctimeNs: 1n }
    roster.discover()
    const { writer } = openMailbox(channel)

    vi.advanceTimersByTime(250)
    roster.discover()

    expect(roster.get(writer.id)?.id).toBe(writer.id)
  })

  test('should find a mailbox later, and complain once, when the system could not open it at first', () => {
    const channel = temporaryChannel()
    const { writer } = openMailbox(channel)
    const header = join(writer.directory, 'header')
    // Reading a directory fails with EISDIR, also for root: as good as EIO.
    renameSync(header, `${header}.away`)
    mkdirSync(header)
    const { roster, reports } = openRoster(channel)
    roster.discover()
    roster.discover()
    expect(roster.size).toBe(0)
    expect(reports).toHaveLength(1)
    renameSync(header, `${header}.directory`)
    renameSync(`${header}.away`, header)
    roster.discover()
    expect(roster.get(writer.id)?.id).toBe(writer.id)
  })

  test('should read a mailbox whose former segments can not be given up', () => {
    const channel = temporaryChannel()
    const { writer } = openMailbox(channel)
    const retire = vi.spyOn(MailboxReader.prototype, 'retireBefore').mockImplementation(() => {
      throw new Error('EPERM')
    })
    onTestFinished(() => retire.mockRestore())
    expect(openRoster(channel).roster.open(writer.id)?.id).toBe(writer.id)
    expect(retire).toHaveBeenCalled()
  })

  test('should keep the latest positions of mailboxes that are away, and those of all that are there', () => {
    const channel = temporaryChannel()
    const { writer } = openMailbox(channel)
    const away = Array.from({ length: 1_500 }, (_, index) => index.toString(16).padStart(32, '0'))
    const positions = new Map(
      [writer.id, ...away].map((id, offset) => [id, { sequence: 1, offset, records: 1, bytes: offset }]),
    )
    const { roster } = openRoster(channel, positions)
    expect(new Set(roster.positions().keys())).toEqual(new Set([writer.id, ...away.slice(-1_000)]))
  })

  test('should know how far a mailbox is that is away when that turns out later', () => {
    const channel = temporaryChannel()
    const { writer } = openMailbox(channel)
    const { mailbox: away, directory } = { mailbox: 'a'.repeat(32), directory: join(channel.mailboxes, 'a'.repeat(32)) }
    mkdirSync(directory)
    const { roster } = openRoster(channel, new Map([[away, { sequence: 1, offset: 8, records: 2, bytes: 8 }]]))
    rmSync(directory, { recursive: true })
    roster.open(writer.id)
    for (const mailbox of [away, writer.id]) {
      roster.noteCommitted({ mailbox, sequence: 2, from: 0, to: 4, records: 1 })
      roster.noteCommitted({ mailbox, sequence: 2, from: 4, to: 10, records: 2 })
    }
    expect(roster.positions()).toEqual(
      new Map([
        [away, { sequence: 2, offset: 10, records: 5, bytes: 18 }],
        [writer.id, { sequence: 1, offset: 0, records: 0, bytes: 0 }],
      ]),
    )
  })

  test('should have an answer of a writer that is not connected, by its own socket', async () => {
    const channel = temporaryChannel()
    const { writer } = openMailbox(channel)
    const { roster, answers } = openRoster(channel)
    const entry = roster.open(writer.id)
    roster.probeSuspects()
    await until(() => answers.length === 1, 'an answer when it is met')
    expect(entry?.liveness.ping()).toBe(true)
    await until(() => answers.length === 2, 'an answer when it is asked')
    expect(new Set(answers)).toEqual(new Set([entry]))
  })

  test('should take it for an answer, and wait, when a writer that lives ends the connections to its own socket', async () => {
    const channel = temporaryChannel()
    const { writer } = openMailbox(channel)
    const connections = await endConnections(writer.directory)
    const { roster, answers } = openRoster(channel)
    const entry = roster.open(writer.id)
    roster.probeSuspects()
    await until(() => answers.length === 1, 'an answer')
    await until(() => connections.count() === 2, 'both connections to be taken up')
    expect(entry?.liveness.state).toBe('suspected')
    roster.probeSuspects()
    await until(() => answers.length === 2, 'an answer when it is proven again')
  })
})
