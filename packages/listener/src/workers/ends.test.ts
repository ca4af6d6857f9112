import { describe, expect, it } from 'vitest'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { Ends } from './ends.ts'

interface Ended {
  readonly pid?: number
  readonly threadId?: number
  readonly sealed?: boolean
  readonly exitCode?: number
  readonly reportsItsExit?: boolean
  readonly msSinceEnd?: number
  readonly hasEnded?: boolean
  readonly pidNamespace?: string
}

const PARENT = 100
const NAMESPACE = 'pid:[1]'

function entry(ended: Ended = {}): MailboxEntry {
  const { pid = 200, threadId = 0, sealed = false, exitCode, reportsItsExit = threadId === 0, msSinceEnd = 0 } = ended
  return {
    id: `${pid}/${threadId}`,
    isThread: threadId !== 0,
    liveness: { hasEnded: ended.hasEnded ?? true, msSinceEnd },
    reader: {
      identity: {
        pid,
        pidNamespace: ended.pidNamespace ?? NAMESPACE,
        ppid: PARENT,
        threadId,
        since: 1000,
        reportsItsExit,
      },
      ending: { isSealed: () => sealed, exitCode: () => exitCode },
    },
  } as unknown as MailboxEntry
}

const parent = entry({ pid: PARENT, hasEnded: false })
const report = { pid: 200, threadId: 0, signal: null, code: null, error: null, at: 2000 }
const unknown = { signal: null, code: null, error: null }

describe('how a worker has ended', () => {
  it.each([
    ['has sealed its mailbox', { sealed: true }, { event: 'left', how: 'end' }],
    ['has exited with 0', { exitCode: 0 }, { event: 'left', how: 'exit' }],
    ['has exited with another code', { exitCode: 3 }, { event: 'died', ...unknown, code: 3 }],
    ['has said nothing', {}, { event: 'died', ...unknown }],
    ['has said nothing, being a thread', { threadId: 2 }, { event: 'left', how: 'with its process' }],
    ["has said nothing, being pino's thread", { threadId: 2, reportsItsExit: true }, { event: 'died', ...unknown }],
  ])('should be known when it %s, and nobody has reported it', (_, ended, expected) => {
    expect(new Ends().judge(entry(ended), [])).toEqual(expected)
  })

  it.each([
    ['a signal', {}, { signal: 'SIGSEGV' }, { event: 'died', ...unknown, signal: 'SIGSEGV' }],
    ['an exit code', {}, { code: 7 }, { event: 'died', ...unknown, code: 7 }],
    ['code 0', {}, { code: 0 }, { event: 'left', how: 'exit' }],
    ['a thread that was terminated', { threadId: 2 }, { threadId: 2, code: 1 }, { event: 'left', how: 'terminated' }],
    [
      'a thread that has failed',
      { threadId: 2, exitCode: 1 },
      { threadId: 2, code: 1, error: 'Error: no' },
      { event: 'died', ...unknown, code: 1, error: 'Error: no' },
    ],
    [
      'the death of its process',
      { threadId: 2 },
      { signal: 'SIGKILL' },
      { event: 'died', ...unknown, signal: 'SIGKILL' },
    ],
    ['the end of its process', { threadId: 2 }, { code: 0 }, { event: 'left', how: 'with its process' }],
  ])('should be what its parent says when that is %s', (_, ended, reported, expected) => {
    const ends = new Ends()
    ends.report({ ...report, ...reported }, NAMESPACE)
    expect(ends.judge(entry(ended), [parent])).toEqual(expected)
  })

  it('should be waited for as long as somebody may report it, but not for ever', () => {
    const ends = new Ends()
    expect(ends.judge(entry(), [parent])).toBe('not yet')
    expect(ends.judge(entry({ threadId: 2, exitCode: 1 }), [entry({ threadId: 1, hasEnded: false })])).toBe('not yet')
    expect(ends.judge(entry({ msSinceEnd: 1001 }), [parent])).toEqual({ event: 'died', ...unknown })
    expect(ends.judge(entry(), [entry({ pid: PARENT })])).toEqual({ event: 'died', ...unknown })
  })

  it('should not be that of an earlier process with its pid', () => {
    const ends = new Ends()
    ends.report({ ...report, signal: 'SIGSEGV', at: 999 }, NAMESPACE)
    expect(ends.judge(entry(), [])).toEqual({ event: 'died', ...unknown })
  })

  it('should not be that of a process with its pid in another PID namespace', () => {
    const ends = new Ends()
    ends.report({ ...report, signal: 'SIGSEGV' }, 'pid:[2]')
    expect(ends.judge(entry(), [entry({ pid: PARENT, hasEnded: false, pidNamespace: 'pid:[2]' })])).toEqual({
      event: 'died',
      ...unknown,
    })
  })

  it("should be known as soon as that of its process when it is pino's thread, which is also terminated with another thread", () => {
    let lives = true
    const ends = new Ends(() => lives)
    const silent = { threadId: 2, reportsItsExit: true }
    expect(ends.judge(entry(silent), [])).toBe('not yet')
    expect(ends.judge(entry({ ...silent, msSinceEnd: 1001 }), [])).toEqual({ event: 'left', how: 'terminated' })
    lives = false
    expect(ends.judge(entry(silent), [])).toEqual({ event: 'died', ...unknown })
  })

  it('should be remembered for a bounded number of children', () => {
    const ends = new Ends()
    ends.report({ ...report, code: 5 }, NAMESPACE)
    for (let pid = 1000; pid < 3000; pid += 1) ends.report({ ...report, pid, code: 5 }, NAMESPACE)
    expect(ends.judge(entry(), [])).toEqual({ event: 'died', ...unknown })
    expect(ends.judge(entry({ pid: 2999 }), [])).toEqual({ event: 'died', ...unknown, code: 5 })
  })
})
