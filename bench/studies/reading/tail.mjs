/**
 * How long does `tail -n 100` take on a very large log, in one file, or in many with a ledger and without? Beside it, the
 * start of Node.js, and the `tail` of coreutils for the one file.
 *
 *     node bench/studies/reading/tail.mjs [--gigabytes 10] [--files 100] [--rounds 21] [--directory /var/tmp]
 *
 * The log is of real lines, so that many gigabytes are written, and removed afterwards.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { encodeEntry, proofOf } from '@pino-funnel/ledger'
import { describeMachine } from '../../kit/machine.mjs'
import { spread } from '../../kit/statistics.mjs'

const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '10' },
    files: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '21' },
    directory: { type: 'string', default: tmpdir() },
  },
})
const bytes = Number(values.gigabytes) * 1e9
const files = Number(values.files)
const rounds = Number(values.rounds)

const manifest = createRequire(import.meta.url).resolve('pino-funnel/package.json')
const command = [process.execPath, join(dirname(manifest), 'bin', 'pino-funnel.js')]
const directory = mkdtempSync(join(values.directory, 'pino-funnel-bench-tail-'))
const log = join(directory, 'app.log')
const tail = [...command, 'tail', '-n', '100', log]
const block = Buffer.from(Array.from({ length: 6500 }, (_, n) => lineOf(n)).join(''))

try {
  console.log(describeMachine())
  console.log(`${bytes / 1e9} GB, ${rounds} rounds; the start of the process counts\n`)
  measure('Node.js alone', [process.execPath, '-e', '0'])
  fill(log, bytes)
  measure('one file', tail)
  measure('the tail of coreutils', ['tail', '-n', '100', log])
  rmSync(log)
  const entries = rotate()
  measure(`${files} files`, tail)
  mkdirSync(join(directory, '.pino-funnel', 'ledger'), { recursive: true })
  writeFileSync(join(directory, '.pino-funnel', 'ledger', 'app.log'), Buffer.concat(entries.map(encodeEntry)))
  measure(`${files} files with a ledger`, tail)
} finally {
  rmSync(directory, { recursive: true })
}

/** @returns the entries of the ledger that a listener would have written */
function rotate() {
  const place = { machine: '', path: directory, directory: '', at: 0 }
  const entries = [{ type: 'log', id: 'a'.repeat(32), ...place }]
  let base = 0
  for (let file = 1; file <= files; file += 1) {
    const name = `app.${file}.log`
    const isLive = file === files
    const { identity, length } = fill(isLive ? log : join(directory, name), bytes / files)
    entries.push({ type: 'file', file, base, identity })
    const proof = proofOf(block.subarray(-512))
    entries.push({ type: 'length', file, length, proof, ...(!isLive && { closed: true, name }) })
    base += length
  }
  return entries
}

function fill(path, size) {
  const descriptor = openSync(path, 'wx')
  try {
    let length = 0
    while (length < size) length += writeSync(descriptor, block)
    const { ino, birthtimeMs } = fstatSync(descriptor)
    return { identity: `${ino}:${birthtimeMs}`, length }
  } finally {
    closeSync(descriptor)
  }
}

function lineOf(n) {
  const req = { id: '8f3c2a1b', method: 'GET', url: `/items/${n}` }
  return `${JSON.stringify({ level: 30, time: 1.795e12 + n, pid: 9145, hostname: 'web-1', n, req, ms: n % 900, msg: 'request completed' })}\n`
}

function measure(name, [program, ...args]) {
  const taken = Array.from({ length: rounds }, () => {
    const begin = performance.now()
    const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${status}: ${String(stderr)}`)
    return performance.now() - begin
  })
  console.log(`${name.padEnd(30)}${spread(taken)} ms`)
}
