import { DEFAULT_LOG_OPTIONS, MailboxReader, type Channel } from '@pino-funnel/channel'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NoticeMailboxes } from './notice-mailboxes.ts'
import { temporaryChannel } from '../testing/channel.test-kit.ts'

function openNotices(): { channel: Channel; notices: NoticeMailboxes } {
  const channel = temporaryChannel()
  const notices = new NoticeMailboxes(channel)
  onTestFinished(() => notices.close())
  return { channel, notices }
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
  it('should put records into one mailbox of its own for each log file', () => {
    const { channel, notices } = openNotices()
    const id = notices.write('app.log', { ...DEFAULT_LOG_OPTIONS, mode: 0o640 }, { event: 'foreign' })
    expect(
      notices.write('app.log', { ...DEFAULT_LOG_OPTIONS, mode: 0o640 }, { event: 'recovered', mailboxes: 1, bytes: 2 }),
    ).toBe(id)
    const other = notices.write('access.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })
    expect(other).not.toBe(id)
    const { reader, records } = read(channel, id)
    expect(records.map(({ funnel }) => funnel)).toEqual([
      { event: 'foreign' },
      { event: 'recovered', mailboxes: 1, bytes: 2 },
    ])
    expect(records.map(({ level }) => level)).toEqual([40, 30])
    expect(reader.identity).toMatchObject({ role: 'listener', file: 'app.log', log: { mode: 0o640 }, sync: 'never' })
    expect(notices.owns(id) && notices.owns(other)).toBe(true)
    expect(notices.owns('f'.repeat(32))).toBe(false)
  })

  it('should seal its mailboxes when it is closed, and open new ones for further records', () => {
    const { channel, notices } = openNotices()
    expect(notices.isOpen).toBe(false)
    const id = notices.write('app.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })
    expect(notices.isOpen).toBe(true)
    notices.close()
    expect(notices.isOpen).toBe(false)
    expect(read(channel, id).reader.ending.isSealed()).toBe(true)
    expect(notices.write('app.log', DEFAULT_LOG_OPTIONS, { event: 'foreign' })).not.toBe(id)
  })
})
