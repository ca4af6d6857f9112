/**
 * What does a timeline of a large log take: CPU, time and memory of `pino-funnel timeline`?
 *
 *     node bench/studies/seeing/timeline.mjs [--records 10000000] [--workers 16]
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'

const { values } = parseArgs({ options: { records: { type: 'string' }, workers: { type: 'string' } } })
const records = Number(values.records ?? 10_000_000)
const workers = Number(values.workers ?? 16)
const COMMAND = join(
  dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
  'bin',
  'pino-funnel.js',
)
/** Prints what the process has used when it ends. */
const METER = `data:text/javascript,process.on('exit',()=>{const u=process.resourceUsage();process.stderr.write(JSON.stringify({cpu:(u.userCPUTime+u.systemCPUTime)/1e6,mb:u.maxRSS/1024})+'\\n')})`

const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-study-'))
try {
  const log = join(directory, 'app.log')
  writeLog(log)
  console.log(describeMachine())
  console.log(`${records} records of ${workers} workers, ${Math.round(statSync(log).size / 1e6)} MB`)
  for (let round = 0; round < 2; round += 1) console.log(await measure(log))
} finally {
  rmSync(directory, { recursive: true })
}

/** A thousand records to a second. */
function writeLog(path) {
  const descriptor = openSync(path, 'wx')
  const begin = Date.UTC(2026, 10, 21)
  let block = []
  for (let n = 0; n < records; n += 1) {
    const pid = 9000 + (n % workers)
    block.push(
      `{"level":30,"time":${begin + n},"pid":${pid},"hostname":"web-1","n":${n},"req":{"method":"GET","url":"/orders/${n}"},"ms":${n % 97},"msg":"request completed"}\n`,
    )
    if (block.length === 10_000) block = flush(descriptor, block)
  }
  flush(descriptor, block)
  closeSync(descriptor)
}

function flush(descriptor, block) {
  writeSync(descriptor, block.join(''))
  return []
}

async function measure(log) {
  const began = performance.now()
  const child = spawn(process.execPath, ['--import', METER, COMMAND, 'timeline', log], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let used = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (used += text))
  await new Promise((resolve) => child.on('close', resolve))
  const { cpu, mb } = JSON.parse(used)
  const seconds = (performance.now() - began) / 1000
  return `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU, ${Math.round(mb)} MB at most`
}
