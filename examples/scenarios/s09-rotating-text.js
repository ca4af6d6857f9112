// S9: the published fix is a listener process with a rotating file of 300 bytes, 10 backups, and lines of text. Here
// options do the same, while workers log and the listener is killed.
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { until } from '@pino-funnel/test/kit'
import { openWorker, scenario, startProcess, workerName } from './scenario.js'

const options = {
  size: '300b',
  limit: { count: 10 },
  format: '{time:yyyy-MM-dd HH:mm:ss,SSS} {worker} {component} {level:python} {msg}',
  lifecycle: false,
}
const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} worker-\d app\.db WARNING record \d+$/

if (workerName === undefined) await scenario(main, () => [])
else work()

async function main(directory) {
  // The application stays, and starts the next listener.
  const own = openWorker('application', options)
  const workers = ['worker-1', 'worker-2', 'worker-3'].map((name) => startProcess(import.meta.url, name))
  const ends = workers.map((worker) => once(worker, 'exit'))
  const { pid } = await directory.listenerPresent()
  await until(() => readdirSync(directory.logs).some((name) => /^app\.\d+\.log$/.test(name)), 'the first rotation')
  process.kill(pid, 'SIGKILL')
  await Promise.all(ends)
  await new Promise((resolve) => own.stream.once('close', resolve).end())
  await directory.drained(120_000)
  const kept = (name) => name.startsWith('app.')
  await until(() => readdirSync(directory.logs).filter(kept).length === 11, 'no more than 10 backups to be kept')

  const files = readdirSync(directory.logs).filter(kept)
  const lines = files.flatMap((name) => readFileSync(directory.path(name), 'utf8').split('\n').filter(Boolean))
  const largest = Math.max(...files.map((name) => statSync(directory.path(name)).size))
  console.log(`${files.length - 1} backups, none larger than 300 bytes: ${largest <= 300}`)
  console.log(`every line is a whole one: ${lines.every((line) => LINE.test(line))}`)
}

function work() {
  const { logger } = openWorker(workerName, options)
  const log = logger.child({ worker: workerName, component: 'app.db' })
  for (let n = 0; n < 200; n += 1) log.warn(`record ${n}`)
  process.disconnect()
}
