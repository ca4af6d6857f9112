/** As a note: the same task in Python, with its standard library and with loguru, where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { linesIn } from '../scene/log-files.mjs'
import { inRounds, progress } from './rounds.mjs'

const SCRIPT = fileURLToPath(new URL('programs/python_loggers.py', import.meta.url))
const WORKERS = 2
const RECORDS = 20_000
const KILLED_AFTER = 10_000
const BURST = 100
/** A run that takes longer hangs. */
const LONGEST_MS = 120_000

export const python = {
  title: 'Python',
  parameters: ({ quick }) => ({ rounds: quick ? 1 : 3, share: quick ? 0.1 : 1 }),
  /** @returns by contender: the figures of each round, and the records kept when the worker is killed; empty without Python */
  async run({ rounds, share }) {
    const version = pythonVersion()
    if (version === undefined) return {}
    progress(`Python ${version}`)
    const loguru = loguruVersion()
    const contenders = ['queue-handler', ...(loguru === undefined ? [] : ['loguru'])]
    const figures = await inRounds({ rounds, contenders }, (name) => ({
      ...inDirectory((file) => JSON.parse(start(name, file, WORKERS, RECORDS * share))),
      kept: inDirectory((file, directory) => {
        start(name, file, 1, KILLED_AFTER, constants.signals.SIGKILL)
        return linesIn(directory)
      }),
    }))
    return { version, loguru, workers: WORKERS, of: KILLED_AFTER, rounds: figures }
  },
}

function pythonVersion() {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim().split(' ')[1]
  } catch {
    return undefined
  }
}

/** `undefined` when it is not installed. */
function loguruVersion() {
  const program = 'import loguru; print(loguru.__version__)'
  const { status, stdout } = spawnSync('python3', ['-c', program], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

function start(name, file, workers, records, signal) {
  const settings = [name, file, workers, records, BURST, ...(signal === undefined ? [] : [signal])].map(String)
  return execFileSync('python3', [SCRIPT, ...settings], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: LONGEST_MS,
  })
}

function inDirectory(use) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    return use(join(directory, 'app.log'), directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
