import { DEFAULT_LOG_OPTIONS, MailboxReader, type Channel } from '@pino-funnel/channel'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished } from 'vitest'
import { NoticeMailboxes } from './notice-mailboxes.ts'
import { temporaryChannel } from '../testing/channel.test-kit.ts'

function openNotices(): { channel: Channel; notices: NoticeMailboxes; written: string[] } {
  const channel = temporaryChannel()
  const written: string[] = []
  const notices = new NoticeMailboxes(channel, (mailbox) => void written.push(mailbox))
  onTestFinished(() => notices.close())
  return { channel, notices, written }
}

function read(channel: Channel, id: string): { reader: MailboxReader; records: { funnel: unknown; level: number }[] } {
  const reader = new MailboxReader(channel.mailboxes, id)
  onTestFinished(() => reader.close())
  const target = Buffer.alloc(64 * 1024)
  const found = reader.read(target, 0, target.length, true)
  const text = typeof found === 'string' ? '' : target.toString('utf8', 0, found.to - found.from)
  const records = text.split('\n').slice(0, -1)
  return { reader, records: records.map((line) => JSON.parse(line) as { funnel: unknown; level: number }) }
}

describe('NoticeMailboxes', () => {
  test('should put records into one mailbox of its own for each log file', () => {
    const { channel, notices, written } = openNotices()
    const options = { ...DEFAULT_LOG_OPTIONS, mode: 0o640 }
    notices.write('app.log', options, { event: 'foreign' })
    notices.write('app.log', options, { event: 'recovered', mailboxes: 1, bytes: 2 })
    notices.write('access.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })
    const [id = '', again, other = ''] = written
    expect(again).toBe(id)
    expect(other).not.toBe(id)
    const { reader, records } = read(channel, id)
    expect(records.map(({ funnel }) => funnel)).toEqual([
      { event: 'foreign' },
      { event: 'recovered', mailboxes: 1, bytes: 2 },
    ])
    expect(records.map(({ level }) => level)).toEqual([40, 30])
    expect(reader.profile).toMatchObject({ role: 'listener', file: 'app.log', log: { mode: 0o640 }, sync: 'never' })
    expect(notices.owns(id) && notices.owns(other)).toBe(true)
    expect(notices.owns('f'.repeat(32))).toBe(false)
  })

  test('should go on in another mailbox when another program has deleted the one it has', () => {
    const { channel, notices, written } = openNotices()
    notices.write('app.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })
    const [deleted = ''] = written
    rmSync(join(channel.mailboxes, deleted), { recursive: true })
    notices.write('app.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })
    const id = written.at(-1) ?? ''
    expect(id).not.toBe(deleted)
    expect(read(channel, id).records.map(({ funnel }) => funnel)).toEqual([{ event: 'foreign' }])
    expect(notices.owns(deleted)).toBe(false)
  })

  test('should seal its mailboxes when it is closed, and open new ones for further records', () => {
    const { channel, notices, written } = openNotices()
    expect(notices.isOpen).toBe(false)
    notices.write('app.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })
    const [id = ''] = written
    expect(notices.isOpen).toBe(true)
    notices.close()
    expect(notices.isOpen).toBe(false)
    expect(read(channel, id).reader.ending.isSealed()).toBe(true)
    notices.write('app.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })
    expect(written.at(-1)).not.toBe(id)
  })

  test('should write records while they are held, and name each mailbox once when they are released', () => {
    const { channel, notices, written } = openNotices()
    notices.hold()
    for (const event of ['foreign', 'foreign'] as const) notices.write('app.log', DEFAULT_LOG_OPTIONS, { event })
    expect(written).toEqual([])
    notices.release()
    expect(written).toHaveLength(1)
    expect(read(channel, written[0] ?? '').records).toHaveLength(2)
  })
})
