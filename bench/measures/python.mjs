/** As a note: what Python's standard library does with the same task, where Python is there. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { linesIn } from '../scene/log-files.mjs'
import { progress } from './rounds.mjs'

const SCRIPT = fileURLToPath(new URL('queue_handler.py', import.meta.url))
const WORKERS = 2
const RECORDS = 20_000
const KILLED_AFTER = 10_000
const BURST = 100

export const python = {
  title: "Python's QueueHandler",
  parameters: ({ quick }) => ({ rounds: quick ? 1 : 3, share: quick ? 0.1 : 1 }),
  /** @returns the figures of each round, and what is kept when the worker is killed; none without Python */
  run({ rounds, share }) {
    const version = pythonVersion()
    if (version === undefined) return { rounds: [] }
    progress(`Python ${version}`)
    const figures = Array.from({ length: rounds }, () => ({
      ...inDirectory((file) => JSON.parse(start(file, WORKERS, RECORDS * share))),
      kept: inDirectory((file, directory) => {
        start(file, 1, KILLED_AFTER, constants.signals.SIGKILL)
        return linesIn(directory)
      }),
    }))
    return { version, workers: WORKERS, of: KILLED_AFTER, rounds: figures }
  },
}

function pythonVersion() {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim().split(' ')[1]
  } catch {
    return undefined
  }
}

function start(file, workers, records, signal) {
  const settings = [file, workers, records, BURST, ...(signal === undefined ? [] : [signal])].map(String)
  return execFileSync('python3', [SCRIPT, ...settings], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

function inDirectory(use) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    return use(join(directory, 'app.log'), directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
