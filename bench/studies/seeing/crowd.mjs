/** Workers that log for a study, in a log directory of their own. */
import { fork } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as elapsed } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('top-worker.mjs', import.meta.url))

/**
 * @param count - workers
 * @param rate - records that each logs in a second; `Infinity` for as many as it can, 0 for one at its start
 * @param work - gets the log directory while they log
 */
export async function withWorkers(count, rate, work) {
  const logs = mkdtempSync(join(tmpdir(), 'pino-funnel-study-'))
  const children = Array.from({ length: count }, () => fork(PROGRAM, [join(logs, 'app.log'), String(rate)]))
  try {
    await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))))
    return await work(logs)
  } finally {
    for (const child of children) child.kill('SIGKILL')
    // The listener writes what is left.
    await elapsed(3000)
    rmSync(logs, { recursive: true, maxRetries: 20, retryDelay: 200 })
  }
}

/** CPU that a process has taken, in seconds: proc(5), schedstat of each of its threads, in ns. */
export function cpuOf(pid) {
  const ofThread = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + ofThread(thread), 0) / 1e9
}
