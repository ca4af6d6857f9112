import {
  pidNamespace,
  processStart,
  wallNow,
  type LogOptions,
  type MailboxIdentity,
  type SyncPolicy,
} from '@pino-funnel/channel'
import cluster from 'node:cluster'
import { basename, dirname, resolve } from 'node:path'
import { threadId } from 'node:worker_threads'

/** A program's name is for people; longer ones are cut. */
const MAX_PROGRAM_CHARACTERS = 100

/** Where modules are looked for that the application has installed. */
export function applicationDirectory(): string {
  const [, script] = process.argv
  return script === undefined ? process.cwd() : dirname(resolve(script))
}

/** Who this thread is and what it wishes for its log file, as its mailbox tells it. */
export function identifyWorker(file: string, log: LogOptions, sync: SyncPolicy): MailboxIdentity {
  return {
    role: 'worker',
    sync,
    file,
    log,
    pid: process.pid,
    ppid: process.ppid,
    threadId,
    pidNamespace: pidNamespace(),
    start: processStart(process.pid),
    application: applicationDirectory(),
    program: basename(process.argv[1] ?? process.execPath).slice(0, MAX_PROGRAM_CHARACTERS),
    clusterWorker: cluster.worker?.id,
    since: wallNow(),
  }
}
