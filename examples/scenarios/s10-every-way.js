// S10: another published fix is to start workers with a fresh interpreter. Here every way to start a worker works.
import { spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openWorker, scenario, startProcess, startThread, workerName } from './scenario.js'

const program = fileURLToPath(import.meta.url)

if (workerName !== undefined) work()
else if (cluster.isPrimary) await scenario(main)

async function main() {
  cluster.setupPrimary({ args: ['clustered'] })
  const workers = [
    startProcess(import.meta.url, 'forked'),
    spawn(process.execPath, [program, 'spawned']),
    startThread(import.meta.url, 'thread'),
    spawn(process.execPath, [program, 'detached'], { detached: true, stdio: 'ignore' }),
    spawn(process.execPath, [program, 'instant']),
    spawn(process.execPath, [program, 'never-yields']),
    cluster.fork(),
  ]
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
  console.log(`${workers.length} ways of starting a worker`)
}

function work() {
  openWorker(workerName).log(1_000)
  if (workerName === 'instant') process.exit()
  if (workerName === 'never-yields') for (const end = Date.now() + 500; Date.now() < end;);
  if (workerName === 'clustered') cluster.worker.disconnect()
  else process.disconnect?.()
}
