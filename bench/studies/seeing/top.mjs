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
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { cpuOf, withWorkers } from './crowd.mjs'

const NUMBER = { type: 'string' }
const { values } = parseArgs({ options: { workers: NUMBER, seconds: NUMBER, rate: NUMBER } })
const {
  workers = 100,
  seconds = 30,
  rate = 10,
} = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
const COMMAND = join(
  dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
  'bin',
  'pino-funnel.js',
)
/** The first pictures compile. */
const BEGINNING_MS = 5000

console.log(describeMachine())
console.log(`top with ${workers} workers of ${rate} records a second: ${await withWorkers(workers, rate, watched)}`)

async function watched(logs) {
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
    const most = Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
    return `${(share * 100).toFixed(2)} % of a core, ${Math.round(most)} MB at most`
  } finally {
    terminal.stdin.end('q')
    await new Promise((resolve) => terminal.once('close', resolve))
  }
}
