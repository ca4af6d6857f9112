/**
 * The listener process, as a worker launches it: `main.js <channel directory> --linger <ms> --ticket <name>`.
 */
import { boundListenerLog, layoutOf, unlinkIfThere } from '@pino-funnel/channel'
import { writeSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { parseArgs } from 'node:util'
import { runListener } from './listener.ts'
import { becomeOwnProcess } from './own-process.ts'
import { obeySignals } from './signals.ts'

becomeOwnProcess()

const STDERR = 2

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { linger: { type: 'string' }, ticket: { type: 'string' } },
})
const [root] = positionals
const linger = Number(values.linger)
if (root === undefined || !isAbsolute(root) || !(linger >= 0)) {
  throw new Error(`Usage: main.js <absolute channel directory> --linger <ms> [--ticket <name>]`)
}

const { listenerLog } = layoutOf(root)
process.title = `pino-funnel listener ${root}`

/** Past process.stderr, which ends the process, or itself for good, when its file is on a disk that is full. */
function report(message: string): void {
  boundListenerLog(listenerLog, STDERR)
  try {
    writeSync(STDERR, `${new Date().toISOString()} [${process.pid}] ${message}\n`)
  } catch {
    // The next one may get through.
  }
}

// Signals that come before the election is over must not kill a listener that is about to be needed.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

runListener({ root, linger, report }, obeySignals).then(
  (end) => {
    if (end === 'not elected' && values.ticket !== undefined) unlinkIfThere(join(root, values.ticket))
    process.exit(0)
  },
  (error: unknown) => {
    report(`can't run: ${String(error)}`)
    process.exit(1)
  },
)
