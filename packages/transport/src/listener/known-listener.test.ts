import type { Channel, ListenerRecord } from '@pino-funnel/channel'
import { processStart, pidNamespace } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import { KnownListener } from './known-listener.ts'

const known = (): KnownListener => new KnownListener({} as Channel, () => {})

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
  ['there is none', undefined, true],
  ['it lives', here, false],
  ['it is leaving', { ...here, leaving: true }, true],
  ['it is leaving in another PID namespace', { ...elsewhere, leaving: true }, true],
])('a listener should be launched, or not, when %s', (_, record, isMissing) => {
  expect(known().isMissing(record)).toBe(isMissing)
})

describe('a listener in another PID namespace, which no record proves to live', () => {
  test('should not be replaced at the first check: this worker may be about to connect', () => {
    expect(known().isMissing(elsewhere)).toBe(false)
  })

  test('should be replaced once when a worker ends that has not connected', () => {
    const listener = known()

    expect(listener.isMissing(elsewhere, true)).toBe(true)
    expect(listener.isMissing(elsewhere, true)).toBe(false)
  })

  test('should be replaced again when another one has followed it', () => {
    const listener = known()
    listener.isMissing(elsewhere, true)

    expect(listener.isMissing({ ...elsewhere, epoch: 2 }, true)).toBe(true)
  })

  test('should not be replaced when it has answered', () => {
    const listener = known()
    listener.answered(1)

    expect(listener.isMissing(elsewhere, true)).toBe(false)
  })
})
