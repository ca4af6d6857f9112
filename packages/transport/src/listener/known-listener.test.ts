import type { Channel, ListenerRecord } from '@pino-funnel/channel'
import { processStart, pidNamespace } from '@pino-funnel/channel'
import { expect, test } from 'vitest'
import { KnownListener } from './known-listener.ts'

const here: ListenerRecord = {
  epoch: 1,
  pid: process.pid,
  start: processStart(process.pid) ?? '',
  pidNamespace: pidNamespace(),
  socket: 'L1',
  leaving: false,
}
const elsewhere: ListenerRecord = { ...here, pidNamespace: 'pid:[1]' }

test.each([
  ['there is none', undefined, 'missing'],
  ['it lives', here, 'there'],
  ['it is leaving', { ...here, leaving: true }, 'missing'],
  ['it is in another PID namespace', elsewhere, 'unproven'],
  ['it is leaving in another PID namespace', { ...elsewhere, leaving: true }, 'missing'],
])('a listener should be known by its record when %s', (_, record, state) => {
  const known = new KnownListener({} as Channel, () => {})
  expect(known.stateOf(record)).toBe(state)
})
