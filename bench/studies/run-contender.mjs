import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Runs one contender in a process of its own.
 *
 * @param script - the worker's file, beside this one
 * @returns what it printed as JSON: nanoseconds per call
 */
export function runContender(script, name, directory, records) {
  const worker = fileURLToPath(new URL(script, import.meta.url))
  const file = join(directory, name, 'app.log')
  const run = spawnSync(process.execPath, [worker, name, file, String(records)], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`contender ${name} failed: ${run.stderr}`)
  return JSON.parse(run.stdout)
}
