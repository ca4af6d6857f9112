import {
  pidNamespace,
  processIsGone,
  type Cause,
  type ChildEnd,
  type Leaving,
  type MailboxIdentity,
} from '@pino-funnel/channel'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/** How a worker has ended. */
export type End = { readonly event: 'left'; readonly how: Leaving } | ({ readonly event: 'died' } & Cause)

/** How long the listener waits for what a parent has to say of its child. Nothing but the wording hangs on it. */
const REPORT_MS = 1000
/** Reports that are kept: children that log nothing are reported, too. */
const MOST_REPORTS = 1000

/** What parents have reported about the ends of their children, and what follows for workers that have ended. */
export class Ends {
  readonly #reports = new Map<string, ChildEnd>()
  readonly #processLives: (identity: MailboxIdentity) => boolean

  /** @param processLives - whether the process of a thread that has ended is surely there */
  constructor(processLives: (identity: MailboxIdentity) => boolean = isThere) {
    this.#processLives = processLives
  }

  /** @param namespace - the PID namespace of who reports it */
  report(end: ChildEnd, namespace: string): void {
    const key = keyOf(namespace, end.pid, end.threadId)
    this.#reports.delete(key)
    this.#reports.set(key, end)
    const [oldest] = this.#reports.keys()
    if (this.#reports.size > MOST_REPORTS && oldest !== undefined) this.#reports.delete(oldest)
  }

  /**
   * @param others - the mailboxes that are there besides: somebody among them may have something to say
   * @returns `'not yet'` when it is worth waiting for a report
   */
  judge(entry: MailboxEntry, others: Iterable<MailboxEntry>): End | 'not yet' {
    const isWorthWaiting = (): boolean => entry.liveness.msSinceEnd < REPORT_MS && mayBeReported(entry, others)
    const own = this.#ownWord(entry)
    // A thread knows that it has failed, and its parent why.
    if (own?.event === 'died' && own.error === null && entry.isThread && isWorthWaiting()) return 'not yet'
    const end = own ?? this.#reportedEnd(entry)
    if (end) return end
    if (isWorthWaiting()) return 'not yet'
    return this.#silentEnd(entry)
  }

  /**
   * Nobody has said anything. pino's thread is terminated without a word together with a thread that has made it: a
   * process that is about to be gone is given the time for it.
   */
  #silentEnd(entry: MailboxEntry): End | 'not yet' {
    const { identity } = entry.reader
    if (!identity.reportsItsExit) return { event: 'left', how: 'with its process' }
    if (!entry.isThread || !this.#processLives(identity)) return died({ signal: null, code: null, error: null })
    return entry.liveness.msSinceEnd < REPORT_MS ? 'not yet' : { event: 'left', how: 'terminated' }
  }

  /** What the worker itself has said. */
  #ownWord({ reader }: MailboxEntry): End | undefined {
    if (reader.ending.isSealed()) return { event: 'left', how: 'end' }
    const code = reader.ending.exitCode()
    if (code === undefined) return undefined
    if (code === 0) return { event: 'left', how: 'exit' }
    const error = this.#reportOf(reader.identity, reader.identity.threadId)?.error ?? null
    return died({ signal: null, code, error })
  }

  #reportedEnd({ reader: { identity } }: MailboxEntry): End | undefined {
    const report = this.#reportOf(identity, identity.threadId)
    if (identity.threadId === 0) return report && processEnd(report, 'exit')
    if (report) return report.error === null ? { event: 'left', how: 'terminated' } : died(report)
    const ofProcess = this.#reportOf(identity, 0)
    return ofProcess && processEnd(ofProcess, 'with its process')
  }

  /** Not one about an earlier process with the same pid. */
  #reportOf({ pidNamespace: namespace, pid, since }: MailboxIdentity, threadId: number): ChildEnd | undefined {
    const report = this.#reports.get(keyOf(namespace, pid, threadId))
    return report && report.at >= since ? report : undefined
  }
}

/** A process that has ended without its handlers for `exit` may still have done so with code 0. */
function processEnd(report: ChildEnd, how: Leaving): End {
  return report.signal === null && report.code === 0 ? { event: 'left', how } : died(report)
}

function died({ signal, code, error }: Cause): End {
  return { event: 'died', signal, code, error }
}

/** A parent process, or another thread of the same process, that logs here. */
function mayBeReported({ id, reader: { identity } }: MailboxEntry, others: Iterable<MailboxEntry>): boolean {
  for (const other of others) {
    const { pid, pidNamespace: namespace } = other.reader.identity
    const isRelated = namespace === identity.pidNamespace && (pid === identity.ppid || pid === identity.pid)
    if (other.id !== id && !other.liveness.hasEnded && isRelated) return true
  }
  return false
}

const OWN_NAMESPACE = pidNamespace()

function isThere({ pidNamespace: namespace, pid, start }: MailboxIdentity): boolean {
  return namespace === OWN_NAMESPACE && !processIsGone(pid, start)
}

/** Containers that share a log directory have the same pids. */
function keyOf(namespace: string, pid: number, threadId: number): string {
  return `${namespace}/${pid}/${threadId}`
}
