/**
 * What this thread's child processes and threads end with: only a parent gets to know a child's signal or exit code.
 *
 * Node.js announces each one it makes by its diagnostics channels `child_process` and `worker_threads`
 * (nodejs.org/api/diagnostics_channel.html, "Built-in Channels"), so that pools of all libraries are seen, and nothing
 * is patched. Listening changes nothing for the application: an unhandled `error` still ends it.
 */
import { MAX_ERROR_CHARACTERS, textOf, type ChildEnd } from '@pino-funnel/channel'
import { wallNow } from '@pino-funnel/channel/captured'
import type { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { errorMonitor } from 'node:events'
import type { Worker } from 'node:worker_threads'

type Report = (end: ChildEnd) => void

const reports = new Set<Report>()

/** @returns a function that ends it */
export function watchChildEnds(report: Report): () => void {
  if (reports.size === 0) subscribe()
  // The same function may watch twice.
  const own: Report = (end) => report(end)
  reports.add(own)
  return () => {
    if (reports.delete(own) && reports.size === 0) unsubscribe()
  }
}

/** Unsubscribed after the last watcher: Jest loads this module again for each test file. */
function subscribe(): void {
  channel('child_process').subscribe(onProcess)
  channel('worker_threads').subscribe(onThread)
}

function unsubscribe(): void {
  channel('child_process').unsubscribe(onProcess)
  channel('worker_threads').unsubscribe(onThread)
}

function onProcess(message: unknown): void {
  watchProcess((message as { process: ChildProcess }).process)
}

function onThread(message: unknown): void {
  watchThread((message as { worker: Worker }).worker)
}

function watchProcess(child: ChildProcess): void {
  child.once('exit', (code, signal) => {
    if (child.pid !== undefined) reportAll({ pid: child.pid, threadId: 0, signal, code, error: null, at: wallNow() })
  })
}

function watchThread(worker: Worker): void {
  // It is -1 by the time of the exit.
  const { threadId } = worker
  let error: string | null = null
  worker.once(errorMonitor, (reason: unknown) => (error = textOf(reason).slice(0, MAX_ERROR_CHARACTERS)))
  worker.once('exit', (code) => {
    reportAll({ pid: process.pid, threadId, signal: null, code, error, at: wallNow() })
  })
}

function reportAll(end: ChildEnd): void {
  for (const report of reports) report(end)
}
