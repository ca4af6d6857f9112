// S8: a thread logs without pause while its process makes pools in a loop. Sooner or later a child inherits the locked
// lock and hangs at its first log call. Here the same loop runs with processes and threads. ROUNDS: how often (15).
import { once } from 'node:events'
import { openWorker, scenario, startProcess, startThread, send, turn, workerName } from './scenario.js'

const ROUNDS = Number(process.env.ROUNDS ?? 15)
const POOL = 2

if (workerName === undefined) await scenario(main)
else if (workerName === 'busy') await logWithoutPause()
else {
  openWorker(workerName).log(10)
  process.disconnect?.()
}

async function main() {
  const busy = startThread(import.meta.url, 'busy')
  await once(busy, 'message')
  for (let round = 1; round <= ROUNDS; round += 1) {
    const processes = Array.from({ length: POOL }, (_, n) => startProcess(import.meta.url, `process-${round}-${n}`))
    const threads = Array.from({ length: POOL }, (_, n) => startThread(import.meta.url, `thread-${round}-${n}`))
    await Promise.all([...processes, ...threads].map((worker) => once(worker, 'exit')))
  }
  await busy.terminate()
  console.log(`${ROUNDS} pools of ${POOL} processes and ${POOL} threads: none has hung`)
}

async function logWithoutPause() {
  const worker = openWorker(workerName, { maxMailboxBytes: 2 ** 40, maxChannelBytes: 2 ** 40 })
  send('started')
  for (;;) {
    worker.log(20)
    await turn()
  }
}
