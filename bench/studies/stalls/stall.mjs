/**
 * How long does it take until the log names a worker whose event loop has stopped turning?
 *
 *     node bench/studies/stalls/stall.mjs [--rounds 10]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { spread } from '../../kit/statistics.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string' } } })
const worker = fileURLToPath(new URL('stall-worker.mjs', import.meta.url))

const delays = []
for (let round = 0; round < Number(values.rounds ?? 10); round += 1) delays.push(measure())
console.log(describeMachine())
console.log(`from the beginning of the stall to the time of the record about it: ${spread(delays)} ms`)

/** @returns {number} ms */
function measure() {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    const file = join(directory, 'app.log')
    const begun = Number(execFileSync(process.execPath, [worker, file], { encoding: 'utf8' }))
    const notice = readFileSync(file, 'utf8')
      .split('\n')
      .find((line) => line.includes('"stalled"'))
    return notice === undefined ? Infinity : JSON.parse(notice).time - begun
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
