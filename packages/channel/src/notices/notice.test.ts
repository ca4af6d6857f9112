import { expect, test } from 'vitest'
import { noticeLine, type Notice } from './notice.ts'

const DROPPED = {
  event: 'dropped',
  worker: 4711,
  thread: 0,
  levels: {},
  causes: { ENOSPC: 1 },
  from: 0,
  to: 0,
} as const

test.each<[string, Notice]>([
  ['1 record of pid 4711 was dropped: ENOSPC', { ...DROPPED, count: 1 }],
  ['2 records of pid 4711 thread 3 were dropped: ENOSPC', { ...DROPPED, count: 2, thread: 3 }],
  ['wrote 90 bytes that dead workers had left in 1 mailbox', { event: 'recovered', bytes: 90, mailboxes: 1 }],
  ['wrote 90 bytes that dead workers had left in 2 mailboxes', { event: 'recovered', bytes: 90, mailboxes: 2 }],
])('a notice should say: %s', (message, notice) => {
  expect((JSON.parse(noticeLine(notice)) as { msg: string }).msg).toBe(message)
})
