import { describe, expect, test } from 'vitest'
import { Ends } from './ends.ts'
import type { WorkerMailbox } from './worker-mailbox.ts'
import { workerMailbox } from './worker-mailbox.test-kit.ts'

interface Ended {
  readonly pid?: number
  readonly threadId?: number
  readonly sealed?: boolean
  readonly exitCode?: number
  readonly reportsItsExit?: boolean
  readonly msSinceEnd?: number
  readonly alive?: boolean
  readonly state?: WorkerMailbox['liveness']['state']
  readonly pidNamespace?: string
  readonly file?: string
}

const PARENT = 100
const NAMESPACE = 'pid:[1]'

function mailbox(ended: Ended = {}): WorkerMailbox {
  const { pid = 200, threadId = 0, sealed = false, exitCode, reportsItsExit = threadId === 0, msSinceEnd = 0 } = ended
  const { pidNamespace = NAMESPACE, alive = false, file = 'app.log' } = ended
  const { state = alive ? 'connected' : 'ended' } = ended
  return workerMailbox({
    profile: { file, pid, pidNamespace, ppid: PARENT, threadId, since: 1000, reportsItsExit },
    isSealed: sealed,
    ...(exitCode !== undefined && { exitCode }),
    liveness: { state, hasEnded: !alive, msSinceEnd },
  })
}

const parent = mailbox({ pid: PARENT, alive: true })
const report = { pid: 200, threadId: 0, signal: null, code: null, error: null, at: 2000 }
const unknown = { signal: null, code: null, error: null }
const gone = { event: 'left', how: 'unknown', signal: null }

function left(how: string, signal: string | null = null): object {
  return { event: 'left', how, signal }
}

describe('how a worker has ended', () => {
  test.each([
    ['has sealed its mailbox', { sealed: true }, left('end')],
    ['has exited with 0', { exitCode: 0 }, left('exit')],
    ['has exited with another code', { exitCode: 3 }, { event: 'died', ...unknown, code: 3 }],
    ['has exited as after a signal that asks for it', { exitCode: 143 }, left('signal', 'SIGTERM')],
    ['has reported nothing', {}, gone],
    ['is a thread that has reported nothing', { threadId: 2 }, left('with its process')],
    ["is pino's thread, and has reported nothing", { threadId: 2, reportsItsExit: true }, gone],
  ])('should be known without a report of its parent when it %s', (_, ended, expected) => {
    expect(new Ends().judge(mailbox(ended), [])).toEqual(expected)
  })

  test.each([
    ['a signal', {}, { signal: 'SIGSEGV' }, { event: 'died', ...unknown, signal: 'SIGSEGV' }],
    ['a signal that asks for it', {}, { signal: 'SIGTERM' }, left('signal', 'SIGTERM')],
    ["a watcher's signal", {}, { signal: 'SIGUSR2' }, left('signal', 'SIGUSR2')],
    ['a code for a signal that asks for it', {}, { code: 130 }, left('signal', 'SIGINT')],
    ['its process was asked to end', { threadId: 2 }, { signal: 'SIGTERM' }, left('with its process')],
    ['an exit code', {}, { code: 7 }, { event: 'died', ...unknown, code: 7 }],
    ['code 0', {}, { code: 0 }, left('exit')],
    ['a thread that was terminated', { threadId: 2 }, { threadId: 2, code: 1 }, left('terminated')],
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
    ['the end of its process', { threadId: 2 }, { code: 0 }, left('with its process')],
  ])('should be what its parent reports when that is %s', (_, ended, reported, expected) => {
    const ends = new Ends()
    ends.report({ ...report, ...reported }, NAMESPACE)
    expect(ends.judge(mailbox(ended), [parent])).toEqual(expected)
  })

  test('should be waited for as long as a parent may report it, but not for ever', () => {
    const ends = new Ends()
    expect(ends.judge(mailbox(), [parent])).toBe('not yet')
    expect(ends.judge(mailbox({ threadId: 2, exitCode: 1 }), [mailbox({ threadId: 1, alive: true })])).toBe('not yet')
    expect(ends.judge(mailbox({ msSinceEnd: 1001 }), [parent])).toEqual(gone)
    expect(ends.judge(mailbox(), [mailbox({ pid: PARENT })])).toEqual(gone)
  })

  test('should be waited for longer while its parent has yet to connect, as after a kill of the listener', () => {
    const ends = new Ends()
    const connecting = mailbox({ pid: PARENT, alive: true, state: 'observed' })
    expect(ends.judge(mailbox({ msSinceEnd: 9_999 }), [connecting])).toBe('not yet')
    expect(ends.judge(mailbox({ msSinceEnd: 10_000 }), [connecting])).toEqual(gone)
    ends.report({ ...report, signal: 'SIGSEGV' }, NAMESPACE)
    expect(ends.judge(mailbox({ msSinceEnd: 5_000 }), [connecting])).toMatchObject({ signal: 'SIGSEGV' })
  })

  test('should not be that of an earlier process with its pid', () => {
    const ends = new Ends()
    ends.report({ ...report, signal: 'SIGSEGV', at: 999 }, NAMESPACE)
    expect(ends.judge(mailbox(), [])).toEqual(gone)
  })

  test('should not be that of a process with its pid in another PID namespace', () => {
    const ends = new Ends()
    ends.report({ ...report, signal: 'SIGSEGV' }, 'pid:[2]')
    expect(ends.judge(mailbox(), [mailbox({ pid: PARENT, alive: true, pidNamespace: 'pid:[2]' })])).toEqual(gone)
  })

  test("should be known when its process has had time to end, if it is pino's thread, which also ends with the thread that made it", () => {
    let isProcessAlive = true
    const ends = new Ends(() => isProcessAlive)
    const silent = { threadId: 2, reportsItsExit: true }
    expect(ends.judge(mailbox(silent), [])).toBe('not yet')
    expect(ends.judge(mailbox({ ...silent, msSinceEnd: 1001 }), [])).toEqual(left('terminated'))
    isProcessAlive = false
    expect(ends.judge(mailbox(silent), [])).toEqual(gone)
  })

  test('should be no more than that it has let go of its mailbox when it writes to another one', () => {
    const other = { pidNamespace: 'pid:[2]', alive: true, file: 'other.log' }
    const ended = { pidNamespace: 'pid:[2]', msSinceEnd: 1001 }
    expect(new Ends().judge(mailbox({ ...ended, msSinceEnd: 0 }), [mailbox(other)])).toBe('not yet')
    expect(new Ends().judge(mailbox(ended), [mailbox(other)])).toEqual(left('end'))
    expect(new Ends().judge(mailbox(ended), [mailbox({ ...other, threadId: 2 })])).toEqual(gone)
  })

  test('should be remembered for a bounded number of children', () => {
    const ends = new Ends()
    ends.report({ ...report, code: 5 }, NAMESPACE)
    for (let pid = 1000; pid < 3000; pid += 1) ends.report({ ...report, pid, code: 5 }, NAMESPACE)
    expect(ends.judge(mailbox(), [])).toEqual(gone)
    expect(ends.judge(mailbox({ pid: 2999 }), [])).toEqual({ event: 'died', ...unknown, code: 5 })
  })
})
