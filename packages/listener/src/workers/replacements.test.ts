import { describe, expect, it } from 'vitest'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { Succession } from './replacements.ts'

const KILLED = { signal: 'SIGKILL', code: null, error: null }

/** A worker that has come at a time, and died at one. */
function worker(pid: number, times: { since?: number; endedAt?: number }, identity: object = {}): MailboxEntry {
  const { since = 0, endedAt = 0 } = times
  const known = { pid, ppid: 100, threadId: 0, program: 'work.js', pool: undefined, slot: undefined, since }
  return {
    file: 'app.log',
    liveness: { endedAt },
    reader: { identity: { ...known, ...identity } },
  } as unknown as MailboxEntry
}

function formerOf(succession: Succession, { reader: { identity } }: MailboxEntry): number | undefined {
  return succession.take(identity, identity.since)?.former.worker
}

describe('whose place a worker takes', () => {
  it('should be that of the one that is dead for the longest, and of each only once', () => {
    const succession = new Succession()
    succession.died(worker(1, { endedAt: 10 }), KILLED)
    succession.died(worker(2, { endedAt: 11 }), KILLED)
    expect([3, 4, 5].map((pid) => formerOf(succession, worker(pid, { since: 20 })))).toEqual([1, 2, undefined])
  })

  it("should be nobody's when it was there before the other one died", () => {
    const succession = new Succession()
    succession.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(succession, worker(2, { since: 9 }))).toBeUndefined()
    expect(formerOf(succession, worker(3, { since: 10 }))).toBe(1)
  })

  it('should be that of the one with its slot, where a pool gives a slot again', () => {
    const succession = new Succession()
    const slot = (number: number): object => ({ pool: 'tinypool', slot: number })
    succession.died(worker(1, { endedAt: 10 }, slot(1)), KILLED)
    succession.died(worker(2, { endedAt: 10 }, slot(2)), KILLED)
    expect(formerOf(succession, worker(3, { since: 20 }, slot(3)))).toBeUndefined()
    expect(formerOf(succession, worker(4, { since: 20 }, slot(2)))).toBe(2)
  })

  it("should be any one's in a cluster, which gives no number twice", () => {
    const succession = new Succession()
    succession.died(worker(1, { endedAt: 10 }, { pool: 'cluster', slot: 1 }), KILLED)
    expect(formerOf(succession, worker(3, { since: 20 }, { pool: 'cluster', slot: 9 }))).toBe(1)
  })

  it("should be that of a process of the same parent when both log by pino's thread", () => {
    const succession = new Succession()
    const thread = { threadId: 1, reportsItsExit: true }
    succession.died(worker(1, { endedAt: 10 }, thread), KILLED)
    expect(formerOf(succession, worker(2, { since: 20 }, thread))).toBe(1)
  })

  it('should be that of one that had a log file of its own', () => {
    const succession = new Succession()
    succession.died(Object.assign(worker(1, { endedAt: 10 }), { file: '1.log' }), KILLED)
    expect(formerOf(succession, Object.assign(worker(2, { since: 20 }), { file: '2.log' }))).toBe(1)
  })

  it('should be one place when the dead one had several mailboxes, also when it is taken meanwhile', () => {
    const succession = new Succession()
    succession.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(succession, worker(2, { since: 20 }))).toBe(1)
    succession.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(succession, worker(3, { since: 20 }))).toBeUndefined()
  })

  it("should be nobody's when the other one is dead for more than a minute", () => {
    const succession = new Succession()
    succession.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(succession, worker(2, { since: 60_011 }))).toBeUndefined()
    expect(formerOf(succession, worker(3, { since: 60_010 }))).toBe(1)
  })

  it.each([
    ['PID namespace', { pidNamespace: 'pid:[2]' }],
    ['parent', { ppid: 101 }],
    ['program', { program: 'other.js' }],
    ['pool', { pool: 'cluster' }],
    ['kind', { threadId: 3 }],
  ])("should be nobody's when it is of another %s", (_, identity) => {
    const succession = new Succession()
    succession.died(worker(1, { endedAt: 10 }), KILLED)
    expect(formerOf(succession, worker(2, { since: 20 }, identity))).toBeUndefined()
  })

  it('should be remembered for a bounded number of deaths', () => {
    const succession = new Succession()
    for (let pid = 1; pid <= 3000; pid += 1) succession.died(worker(pid, { endedAt: 10 }), KILLED)
    expect(formerOf(succession, worker(4000, { since: 20 }))).toBe(2001)
  })
})
