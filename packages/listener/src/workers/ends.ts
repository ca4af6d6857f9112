/**
 * How workers have ended: by their own word, by the report of a parent process or thread, or by neither. The kernel has
 * proven the end itself before (mailboxes/writer-liveness.ts). A missing report only makes the record less exact.
 */
import {
  pidNamespace,
  processIsGone,
  type Cause,
  type ChildEnd,
  type Leaving,
  type MailboxIdentity,
} from '@pino-funnel/channel'
import type { WorkerMailbox } from './worker-mailbox.ts'

/** How a worker has ended. */
export type End = { readonly event: 'left'; readonly how: Leaving } | ({ readonly event: 'died' } & Cause)

/** Time that the listener waits for a parent's report about its child. */
const REPORT_MS = 1000
/** Reports that are kept. Children that don't log are reported as well. */
const MOST_REPORTS = 1000

/** The reports of parents about their children, and the verdict on each worker that has ended. */
export class Ends {
  readonly #reports = new Map<string, ChildEnd>()
  readonly #isProcessAlive: (identity: MailboxIdentity) => boolean

  /** @param isProcessAlive - whether the process of an ended thread is surely alive */
  constructor(isProcessAlive: (identity: MailboxIdentity) => boolean = isAlive) {
    this.#isProcessAlive = isProcessAlive
  }

  /** @param namespace - the PID namespace of the parent */
  report(end: ChildEnd, namespace: string): void {
    const key = keyOf(namespace, end.pid, end.threadId)
    this.#reports.delete(key)
    this.#reports.set(key, end)
    const [oldest] = this.#reports.keys()
    if (this.#reports.size > MOST_REPORTS && oldest !== undefined) this.#reports.delete(oldest)
  }

  /**
   * @param others - the mailboxes of the channel: the parent of the worker may have one
   * @returns `'not yet'` when a report may still come
   */
  judge(mailbox: WorkerMailbox, others: Iterable<WorkerMailbox>): End | 'not yet' {
    const mayStillBeReported = (): boolean => mailbox.liveness.msSinceEnd < REPORT_MS && mayBeReported(mailbox, others)
    const own = this.#ownReport(mailbox)
    // A thread knows that it has failed. Its parent knows why.
    if (own?.event === 'died' && own.error === null && isThread(mailbox) && mayStillBeReported()) return 'not yet'
    const end = own ?? this.#parentReport(mailbox)
    if (end) return end
    if (mayStillBeReported()) return 'not yet'
    return this.#unreportedEnd(mailbox)
  }

  /**
   * A thread of pino ends without a word when the thread that made it is terminated, and also when its process dies. So
   * the process gets the time that it needs to end.
   */
  #unreportedEnd(mailbox: WorkerMailbox): End | 'not yet' {
    const { identity } = mailbox.reader
    if (!identity.reportsItsExit) return { event: 'left', how: 'with its process' }
    if (!isThread(mailbox) || !this.#isProcessAlive(identity)) return died({ signal: null, code: null, error: null })
    return mailbox.liveness.msSinceEnd < REPORT_MS ? 'not yet' : { event: 'left', how: 'terminated' }
  }

  /** The end as the worker itself has written it into its mailbox. */
  #ownReport({ reader }: WorkerMailbox): End | undefined {
    if (reader.ending.isSealed()) return { event: 'left', how: 'end' }
    const code = reader.ending.exitCode()
    if (code === undefined) return undefined
    if (code === 0) return { event: 'left', how: 'exit' }
    const error = this.#reportOf(reader.identity, reader.identity.threadId)?.error ?? null
    return died({ signal: null, code, error })
  }

  #parentReport({ reader: { identity } }: WorkerMailbox): End | undefined {
    const report = this.#reportOf(identity, identity.threadId)
    if (identity.threadId === 0) return report && processEnd(report, 'exit')
    if (report) return report.error === null ? { event: 'left', how: 'terminated' } : died(report)
    const ofProcess = this.#reportOf(identity, 0)
    return ofProcess && processEnd(ofProcess, 'with its process')
  }

  /** A report from before the worker came is about an earlier process with the same pid. */
  #reportOf({ pidNamespace: namespace, pid, since }: MailboxIdentity, threadId: number): ChildEnd | undefined {
    const report = this.#reports.get(keyOf(namespace, pid, threadId))
    return report && report.at >= since ? report : undefined
  }
}

/** A process may end with code 0 although its `exit` handlers did not run. */
function processEnd(report: ChildEnd, how: Leaving): End {
  return report.signal === null && report.code === 0 ? { event: 'left', how } : died(report)
}

function died({ signal, code, error }: Cause): End {
  return { event: 'died', signal, code, error }
}

function isThread({ reader: { identity } }: WorkerMailbox): boolean {
  return identity.threadId !== 0
}

/** Whether the parent process, or another thread of the same process, logs to this channel and is alive. */
function mayBeReported({ id, reader: { identity } }: WorkerMailbox, others: Iterable<WorkerMailbox>): boolean {
  for (const other of others) {
    const { pid, pidNamespace: namespace } = other.reader.identity
    const isRelated = namespace === identity.pidNamespace && (pid === identity.ppid || pid === identity.pid)
    if (other.id !== id && !other.liveness.hasEnded && isRelated) return true
  }
  return false
}

const OWN_NAMESPACE = pidNamespace()

function isAlive({ pidNamespace: namespace, pid, start }: MailboxIdentity): boolean {
  return namespace === OWN_NAMESPACE && !processIsGone(pid, start)
}

/** Containers that share a log directory use the same pids. */
function keyOf(namespace: string, pid: number, threadId: number): string {
  return `${namespace}/${pid}/${threadId}`
}
