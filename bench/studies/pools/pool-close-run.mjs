// One pool whose workers log or stay silent. Prints the ms that the pool takes to close, and its process to end.
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'

const { library, size, ledgers, quiet } = JSON.parse(process.argv[2])
const { open } = await import(`../../../test/fixtures/pools/libraries/${library}.js`)

const pool = open({ size, env: process.env })
const task = { ledgers, calls: 1000, quiet, end: 'return' }
await Promise.all(Array.from({ length: size * 4 }, () => pool.run(task)))
// By then the records are in the file, so that only the closing is measured, and not the listener.
await pause(500)
const begun = performance.now()
await pool.close()
const closed = performance.now() - begun
// To its end: what keeps the process alive shows here.
process.on('exit', () => console.log(JSON.stringify({ closed, ended: performance.now() - begun })))
