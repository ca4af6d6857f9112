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
  type WriterProfile,
} from '@pino-funnel/channel'
import { workerKey, type WorkerMailbox } from './worker-mailbox.ts'

/** How a worker has ended. */
export type End =
  | { readonly event: 'left'; readonly how: Leaving; readonly signal: string | null }
  | ({ readonly event: 'died' } & Cause)

/**
 * Signals that ask a process to end: pools, supervisors and watchers send them, and a shutdown hook sends itself its
 * own again (nodemon sends SIGUSR2). With a program that exits in answer, by the convention of shells, the code is 128
 * and the signal's number.
 */
const ASKING: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']
const SIGNAL_OF_CODE: Readonly<Record<number, string>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  131: 'SIGQUIT',
  143: 'SIGTERM',
}

/** Time that the listener waits for a parent's report about its child. */
const REPORT_MS = 1000
/** The same while the parent has yet to connect, as after a kill of the listener: its report comes with its connection. */
const CONNECTING_MS = 10_000
/** Reports that are kept. Children that don't log are reported as well. */
const MOST_REPORTS = 1000

/** The reports of parents about their children, and the verdict on each worker that has ended. */
export class Ends {
  readonly #reports = new Map<string, ChildEnd>()
  readonly #isProcessAlive: (profile: WriterProfile) => boolean

  /** @param isProcessAlive - whether the process of an ended thread is surely alive */
  constructor(isProcessAlive: (profile: WriterProfile) => boolean = isAlive) {
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

  /** When the parent of a worker learned of its end, ms since the epoch; `undefined` without its report. */
  reportedAt(profile: WriterProfile): number | undefined {
    return this.#reportOf(profile, profile.threadId)?.at
  }

  /**
   * @param others - the mailboxes of the channel: the parent of the worker may have one
   * @returns `'not yet'` when a report may still come
   */
  judge(mailbox: WorkerMailbox, others: Iterable<WorkerMailbox>): End | 'not yet' {
    const mayStillBeReported = (): boolean => mayBeReported(mailbox, others)
    const own = this.#ownReport(mailbox)
    // A thread knows that it has failed. Its parent knows why.
    if (own?.event === 'died' && own.error === null && isThread(mailbox) && mayStillBeReported()) return 'not yet'
    const end = own ?? this.#parentReport(mailbox)
    if (end) return end
    if (mayStillBeReported()) return 'not yet'
    return this.#unreportedEnd(mailbox, others)
  }

  /**
   * Only a parent learns from the kernel how its child has ended. So a process that neither has reported itself nor has such a
   * parent may have been asked to end, as by a supervisor, or have crashed.
   *
   * A thread of pino ends without a word when the thread that made it is terminated, and also with its process. So the
   * process gets the time that it needs to end.
   */
  #unreportedEnd(mailbox: WorkerMailbox, others: Iterable<WorkerMailbox>): End | 'not yet' {
    const { profile } = mailbox.reader
    if (!profile.reportsItsExit) return left('with its process')
    if (livesOn(mailbox, others)) return left('end')
    if (!isThread(mailbox) || !this.#isProcessAlive(profile)) return left('unknown')
    return mailbox.liveness.msSinceEnd < REPORT_MS ? 'not yet' : left('terminated')
  }

  /** The end as the worker itself has written it into its mailbox. */
  #ownReport({ reader }: WorkerMailbox): End | undefined {
    if (reader.ending.isSealed()) return left('end')
    const code = reader.ending.exitCode()
    if (code === undefined) return undefined
    if (code === 0) return left('exit')
    const signal = SIGNAL_OF_CODE[code]
    if (signal !== undefined) return left('signal', signal)
    const error = this.#reportOf(reader.profile, reader.profile.threadId)?.error ?? null
    return died({ signal: null, code, error })
  }

  #parentReport({ reader: { profile } }: WorkerMailbox): End | undefined {
    const report = this.#reportOf(profile, profile.threadId)
    if (profile.threadId === 0) return report && processEnd(report, 'exit')
    if (report) return report.error === null ? left('terminated') : died(report)
    const ofProcess = this.#reportOf(profile, 0)
    return ofProcess && processEnd(ofProcess, 'with its process')
  }

  /** A report from before the worker came is about an earlier process with the same pid. */
  #reportOf({ pidNamespace: namespace, pid, since }: WriterProfile, threadId: number): ChildEnd | undefined {
    const report = this.#reports.get(keyOf(namespace, pid, threadId))
    return report && report.at >= since ? report : undefined
  }
}

/** A process may end with code 0 although its `exit` handlers did not run. */
function processEnd(report: ChildEnd, how: Leaving): End {
  const signal = report.signal ?? SIGNAL_OF_CODE[report.code ?? 0] ?? null
  if (signal !== null && ASKING.includes(signal)) return how === 'exit' ? left('signal', signal) : left(how)
  return report.signal === null && report.code === 0 ? left(how) : died(report)
}

function left(how: Leaving, signal: string | null = null): End {
  return { event: 'left', how, signal }
}

function died({ signal, code, error }: Cause): End {
  return { event: 'died', signal, code, error }
}

function isThread({ reader: { profile } }: WorkerMailbox): boolean {
  return profile.threadId !== 0
}

/** Whether the worker has another mailbox, to which it writes: this one was moved away and back, say. */
function livesOn(mailbox: WorkerMailbox, others: Iterable<WorkerMailbox>): boolean {
  const key = workerKey(mailbox)
  for (const other of others) {
    if (other.id !== mailbox.id && !other.liveness.hasEnded && workerKey(other) === key) return true
  }
  return false
}

/** Whether the parent process, or another thread of the same process, logs to this channel, is alive, and has time left. */
function mayBeReported(
  { id, reader: { profile }, liveness: { msSinceEnd } }: WorkerMailbox,
  others: Iterable<WorkerMailbox>,
): boolean {
  if (msSinceEnd >= CONNECTING_MS) return false
  for (const other of others) {
    const { pid, pidNamespace: namespace } = other.reader.profile
    const isRelated = namespace === profile.pidNamespace && (pid === profile.ppid || pid === profile.pid)
    const isInTime = msSinceEnd < REPORT_MS || other.liveness.state !== 'connected'
    if (isRelated && isInTime && other.id !== id && !other.liveness.hasEnded) return true
  }
  return false
}

const OWN_NAMESPACE = pidNamespace()

function isAlive({ pidNamespace: namespace, pid, start }: WriterProfile): boolean {
  return namespace === OWN_NAMESPACE && !processIsGone(pid, start)
}

/** Containers that share a log directory use the same pids. */
function keyOf(namespace: string, pid: number, threadId: number): string {
  return `${namespace}/${pid}/${threadId}`
}
