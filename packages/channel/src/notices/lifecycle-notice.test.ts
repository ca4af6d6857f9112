import { describe, expect, test } from 'vitest'
import { noticeLine } from './notice.ts'
import { LIFECYCLE_FIELDS, type LifecycleNotice } from './lifecycle-notice.ts'
import { LIFECYCLE_EVENTS } from '../options/lifecycle-options.ts'

const LAST = Date.UTC(2026, 10, 21, 6, 44)
const worker = { worker: 9145, thread: 0, program: 'resize.js' }
const pooled = { worker: 10594, thread: 2, program: 'resize.js', pool: 'cluster', slot: 4 }
const killed = { signal: 'SIGKILL', code: null, error: null }

function said(notice: LifecycleNotice, message?: string): string {
  const line = noticeLine(notice, {
    records: { [notice.event]: { level: 40, ...(message !== undefined && { message }) } },
    stallAfter: 1000,
  })
  return (JSON.parse(line) as { msg: string }).msg
}

describe('what a lifecycle record says', () => {
  test.each([
    [{ ...worker, event: 'joined', since: 1 }, 'pid 9145 has joined'],
    [{ ...pooled, event: 'joined', since: 1 }, 'pid 10594 thread 2 (cluster 4) has joined'],
    [
      { ...worker, event: 'left', how: 'exit', signal: null, records: 0, last: null },
      'pid 9145 has left (exit); no records',
    ],
    [
      { ...worker, event: 'left', how: 'signal', signal: 'SIGTERM', records: 0, last: null },
      'pid 9145 has left (SIGTERM); no records',
    ],
    [
      { ...worker, event: 'left', how: 'exit', signal: null, records: 3, last: null },
      'pid 9145 has left (exit); 3 records',
    ],
    [
      { ...worker, event: 'left', how: 'unknown', signal: null, records: 1, last: LAST },
      'pid 9145 is gone, and has not reported how: ended by a signal, or crashed; 1 record, the last at 2026-11-21T06:44:00.000Z',
    ],
    [
      { ...worker, event: 'died', ...killed, drained: 120, records: 2, last: LAST },
      'pid 9145 has died: killed by SIGKILL; 2 records, the last at 2026-11-21T06:44:00.000Z; 120 bytes were collected after its death',
    ],
    [
      { ...worker, event: 'died', signal: null, code: null, error: null, drained: 0, records: 0, last: null },
      'pid 9145 has died: killed, or crashed; no records',
    ],
    [
      { ...pooled, event: 'replaced', former: { ...worker, ...killed }, records: 0 },
      'pid 10594 thread 2 (cluster 4) took the place of pid 9145 (killed by SIGKILL), no records yet',
    ],
    [
      { ...worker, event: 'stalled', state: 'busy', since: 1, ms: 1200, records: 1, last: LAST },
      'the event loop of pid 9145 has not turned for 1200 ms: it is busy; 1 record, the last at 2026-11-21T06:44:00.000Z',
    ],
    [
      { ...worker, event: 'resumed', after: 'stopped', since: 1, ms: 1200 },
      'pid 9145 goes on, after being stopped for 1200 ms',
    ],
    [
      { event: 'listener', listener: 200, epoch: 4, former: { listener: 100, epoch: 3 }, how: 'lost' },
      'listener 200 (epoch 4) writes the log after listener 100, which was killed, or crashed',
    ],
    [{ event: 'listener', listener: 200, epoch: 1, former: null, how: null }, 'listener 200 (epoch 1) writes the log'],
  ] satisfies [LifecycleNotice, string][])('should have a message when it is %j', (notice, expected) => {
    expect(said(notice)).toBe(expected)
  })

  test('should be what was asked for, with its fields, and empty where it has none', () => {
    const died = {
      ...worker,
      event: 'died',
      signal: null,
      code: 3,
      error: null,
      drained: 0,
      records: 2,
      last: null,
    } as const
    expect(said(died, '{program}[{worker}/{thread}] {pool}{slot}: {cause}, {records}{last}')).toBe(
      'resize.js[9145/0] : exited with 3, 2',
    )
    const replaced = { ...pooled, event: 'replaced', former: { ...worker, ...killed }, records: 0 } as const
    expect(said(replaced, '{worker} for {former} ({cause})')).toBe('10594 for 9145 (killed by SIGKILL)')
    const listener = { event: 'listener', listener: 200, epoch: 4, former: { listener: 100, epoch: 3 } } as const
    expect(said({ ...listener, how: 'left' }, '{listener} after {former} ({how})')).toBe('200 after 100 (left)')
  })

  test('should know the fields of every event', () => {
    expect(Object.keys(LIFECYCLE_FIELDS)).toEqual([...LIFECYCLE_EVENTS])
  })
})
