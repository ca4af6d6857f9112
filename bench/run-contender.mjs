import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

/** Runs one contender in a process of its own. Returns nanoseconds per log call: elapsed, and of CPU. */
function runContender(name, directory, records) {
  const worker = fileURLToPath(new URL('log-call-worker.mjs', import.meta.url))
  const file = join(directory, name, 'app.log')
  const run = spawnSync(process.execPath, [worker, name, file, String(records)], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`contender ${name} failed: ${run.stderr}`)
  return JSON.parse(run.stdout)
}

export { runContender }
