import { ensureChannel } from '@pino-funnel/channel'
import { giveOrder, ordersInForce } from '@pino-funnel/level'
import type { MailboxReport } from '@pino-funnel/observe'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { levelKeys } from './level-keys.ts'

const WORKER = { pid: 9145, threadId: 0 } as MailboxReport
const { signal } = new AbortController()

function newChannel(): ReturnType<typeof ensureChannel> {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-keys-')))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  return channel
}

test('a level that is typed should be ordered for the main thread alone, or for all, and ended by back', async () => {
  const channel = newChannel()
  const keys = levelKeys(channel, true, signal)
  expect(await keys.order(WORKER, 'debug 1h')).toMatch(/^No worker 9145-0 logs there now/)
  await keys.order(undefined, 'trace')
  expect(ordersInForce(channel).map(({ worker, level }) => [worker, level])).toEqual([
    ['9145-0', 'debug'],
    [null, 'trace'],
  ])
  const [ofOne, ofAll] = ordersInForce(channel).map(({ at, until }) => until - at)
  expect([ofOne, ofAll]).toEqual([3_600_000, 600_000])

  giveOrder(channel, { level: 'warn', worker: '9145', file: null, span: 60_000 })
  expect(await keys.order(WORKER, 'back')).toMatch(/^Ended: debug for 9145-0 /)
  expect(ordersInForce(channel).map(({ level }) => level)).toEqual(['trace', 'warn'])
})

test.each([
  ['de~bug', /A level is a name such as debug/],
  ['debug 10 minutes', /A level is a name such as debug/],
  ['debug soon', /must be a time such as '30s'.*; got 'soon'/],
])('nothing should be ordered when %j is typed', async (text, message) => {
  const channel = newChannel()
  expect(await levelKeys(channel, true, signal).order(undefined, text)).toMatch(message)
  expect(ordersInForce(channel)).toEqual([])
})

test('root should order nothing in the name of another user', async () => {
  const channel = newChannel()
  expect(await levelKeys(channel, false, signal).order(undefined, 'debug')).toMatch(/^Root changes no level/)
  expect(ordersInForce(channel)).toEqual([])
})
