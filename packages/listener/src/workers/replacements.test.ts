import type { WriterProfile } from '@pino-funnel/channel'
import { describe, expect, test } from 'vitest'
import { Replacements } from './replacements.ts'
import type { WorkerMailbox } from './worker-mailbox.ts'
import { workerMailbox } from './worker-mailbox.test-kit.ts'

const KILLED = { signal: 'SIGKILL', code: null, error: null }

/** A worker that came at a time, and died at one. */
function worker(
  pid: number,
  { since = 0, endedAt = 0 }: { since?: number; endedAt?: number },
  profile: Partial<WriterProfile> = {},
): WorkerMailbox {
  return workerMailbox({
    profile: { pid, ppid: 100, program: 'work.js', since, reportsItsExit: false, ...profile },
    liveness: { endedAt },
  })
}

function formerOf(replacements: Replacements, { reader: { profile } }: WorkerMailbox): number | undefined {
  return replacements.take(profile, profile.since)?.former.worker
}

describe('the worker that a new one replaces', () => {
  test('should be the one that has been dead for the longest, each only once', () => {
    const replacements = new Replacements()
    replacements.died(worker(1, { endedAt: 10 }), KILLED)
    replacements.died(worker(2, { endedAt: 11 }), KILLED)
    expect([3, 4, 5].map((pid) => formerOf(replacements, worker(pid, { since: 20 })))).toEqual([1, 2, undefined])
  })

  test('should be none when the worker came before the other one died', () => {
    const replacements = new Replacements()
    replacements.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(replacements, worker(2, { since: 9 }))).toBeUndefined()
    expect(formerOf(replacements, worker(3, { since: 10 }))).toBe(1)
  })

  test('should be none when the worker was started long before their parent has reported the death', () => {
    const replacements = new Replacements(() => 5000)
    replacements.died(worker(1, { endedAt: 5010 }), KILLED)
    const comer = (pid: number): WriterProfile => worker(pid, { since: 5100 }).reader.profile
    expect(replacements.take(comer(2), 5100, 3900)).toBeUndefined()
    expect(replacements.take(comer(3), 5100, 4500)?.former.worker).toBe(1)

    const unreported = new Replacements()
    unreported.died(worker(1, { endedAt: 5010 }), KILLED)
    expect(unreported.take(comer(2), 5100, 3900)?.former.worker).toBe(1)
  })

  test('should be the one with the same slot, where a pool reuses slots', () => {
    const replacements = new Replacements()
    const slot = (number: number): Partial<WriterProfile> => ({ pool: 'tinypool', slot: number })
    replacements.died(worker(1, { endedAt: 10 }, slot(1)), KILLED)
    replacements.died(worker(2, { endedAt: 10 }, slot(2)), KILLED)
    expect(formerOf(replacements, worker(3, { since: 20 }, slot(3)))).toBeUndefined()
    expect(formerOf(replacements, worker(4, { since: 20 }, slot(2)))).toBe(2)
  })

  test('should be one with any slot in a cluster, which gives each number once', () => {
    const replacements = new Replacements()
    replacements.died(worker(1, { endedAt: 10 }, { pool: 'cluster', slot: 1 }), KILLED)
    expect(formerOf(replacements, worker(3, { since: 20 }, { pool: 'cluster', slot: 9 }))).toBe(1)
  })

  test("should be one of a process with the same parent when both log by pino's thread", () => {
    const replacements = new Replacements()
    const thread = { threadId: 1, reportsItsExit: true }
    replacements.died(worker(1, { endedAt: 10 }, thread), KILLED)
    expect(formerOf(replacements, worker(2, { since: 20 }, thread))).toBe(1)
  })

  test('should be one with another log file', () => {
    const replacements = new Replacements()
    replacements.died(worker(1, { endedAt: 10 }, { file: '1.log' }), KILLED)
    expect(formerOf(replacements, worker(2, { since: 20 }, { file: '2.log' }))).toBe(1)
  })

  test('should be replaced once when it had several mailboxes, also when it is replaced in the meantime', () => {
    const replacements = new Replacements()
    replacements.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(replacements, worker(2, { since: 20 }))).toBe(1)
    replacements.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(replacements, worker(3, { since: 20 }))).toBeUndefined()
  })

  test('should be none when the other one has been dead for more than a minute', () => {
    const replacements = new Replacements()
    replacements.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(replacements, worker(2, { since: 60_011 }))).toBeUndefined()
    expect(formerOf(replacements, worker(3, { since: 60_010 }))).toBe(1)
  })

  test.each([
    ['PID namespace', { pidNamespace: 'pid:[2]' }],
    ['parent', { ppid: 101 }],
    ['program', { program: 'other.js' }],
    ['pool', { pool: 'cluster' }],
    ['kind', { threadId: 3 }],
  ])('should be none when the worker has another %s', (_, profile) => {
    const replacements = new Replacements()
    replacements.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(replacements, worker(2, { since: 20 }, profile))).toBeUndefined()
  })

  test('should be remembered for a bounded number of deaths', () => {
    const replacements = new Replacements()
    for (let pid = 1; pid <= 3000; pid += 1) replacements.died(worker(pid, { endedAt: 10 }), KILLED)
    expect(formerOf(replacements, worker(4000, { since: 20 }))).toBe(2001)
  })
})
