/**
 * What does `pino-funnel top` take with many workers: CPU and memory of the command itself, on a terminal of 120 by 40?
 *
 *     node bench/studies/seeing/top.mjs [--workers 100] [--seconds 30] [--rate 10]
 *
 * Each of the workers logs so many records a second. Needs `script` (util-linux), which makes the terminal.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as elapsed } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { cpuOf, withWorkers } from './crowd.mjs'

const COMMAND = join(
  dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
  'bin',
  'pino-funnel.js',
)
/** The first pictures compile. */
const BEGINNING_MS = 5000

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const NUMBER = { type: 'string' }
  const { values } = parseArgs({ options: { workers: NUMBER, seconds: NUMBER, rate: NUMBER } })
  const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
  const { workers, rate, ...plan } = { workers: 100, seconds: 30, rate: 10, ...given }
  console.log(describeMachine())
  const { share, memory } = await costOfTop({ workers, rate, ...plan })
  console.log(
    `top with ${workers} workers of ${rate} records a second: ${(share * 100).toFixed(2)} % of a core, ${Math.round(memory / 2 ** 20)} MB at most`,
  )
}

/** @returns its share of a core, and its memory in bytes, at most */
export function costOfTop({ workers, rate, seconds }) {
  return withWorkers(workers, rate, (logs) => watched(logs, seconds))
}

async function watched(logs, seconds) {
  const file = join(logs, 'pid')
  const shell = `stty cols 120 rows 40; echo $$ > ${file}; exec ${process.execPath} ${COMMAND} top ${logs}`
  const terminal = spawn('script', ['-qec', shell, '/dev/null'], { stdio: ['pipe', 'ignore', 'inherit'] })
  try {
    while (!existsSync(file)) await elapsed(50)
    await elapsed(BEGINNING_MS)
    const pid = Number(readFileSync(file, 'utf8'))
    const [cpu, began] = [cpuOf(pid), performance.now()]
    await elapsed(seconds * 1000)
    const share = (cpuOf(pid) - cpu) / ((performance.now() - began) / 1000)
    const [, most] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return { share, memory: Number(most) * 1024 }
  } finally {
    terminal.stdin.end('q')
    await new Promise((resolve) => terminal.once('close', resolve))
  }
}
