import {
  DEFAULT_LOG_OPTIONS,
  ensureChannel,
  MailboxWriter,
  pidNamespace,
  type Channel,
  type MailboxStatus,
} from '@pino-funnel/channel'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WaitingMeter } from './waiting-meter.ts'

const LINE = `${'x'.repeat(99)}\n`

function newChannel(): Channel {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-meter-')))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  return channel
}

function newWriter(channel: Channel): MailboxWriter {
  const profile = {
    role: 'worker',
    sync: 'never',
    file: 'app.log',
    log: DEFAULT_LOG_OPTIONS,
    pid: process.pid,
    ppid: process.ppid,
    threadId: 0,
    kernelThread: 0,
    reportsItsExit: false,
    pidNamespace: pidNamespace(),
    start: '',
    application: '/',
    program: 'app.js',
    pool: undefined,
    slot: undefined,
    since: 0,
  } as const
  return new MailboxWriter(channel, profile, 'plain')
}

test('what waits in mailboxes should be measured from where the listener is, each time', () => {
  const channel = newChannel()
  const [one, other] = [newWriter(channel), newWriter(channel)]
  const meter = new WaitingMeter(channel)
  onTestFinished(() => meter.close())
  const waits = (offset: number, ids = [one.id, other.id]): number[] =>
    meter
      .measure(ids.map((id) => ({ id, position: { sequence: 1, offset } }) as MailboxStatus))
      .map(({ waiting }) => waiting)

  for (let n = 0; n < 3; n += 1) one.append(LINE)
  expect(waits(0)).toEqual([300, 0])
  other.append(LINE)
  expect(waits(100)).toEqual([200, 0])
  expect(waits(0)).toEqual([300, 100])

  rmSync(join(channel.mailboxes, other.id), { recursive: true })
  expect(waits(0, [one.id])).toEqual([300])
  expect(waits(0)).toEqual([300, 0])
})
