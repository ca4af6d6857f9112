// S3: the application gave up on one file, and each process writes its own. Here that is an option, with one listener.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { openWorker, scenario, startProcess, workerName } from './scenario.js'

const workers = ['kitchen', 'counter', 'delivery']

if (workerName === undefined) await scenario(main, filesOf)
else work()

async function main(directory) {
  const children = workers.map((name) => startProcess(import.meta.url, name))
  await Promise.all(children.map((child) => once(child, 'message')))
  // It stays as long as any of them.
  const { epoch } = await directory.listenerPresent()
  const ends = children.map((child) => once(child, 'exit'))
  for (const child of children) child.disconnect()
  await Promise.all(ends)
  await directory.drained()
  console.log(`${filesOf(directory).length} files, ${epoch} listener`)
}

function work() {
  // In a cluster, {worker} is `worker-3`. Other placeholders are {thread} and {program}.
  openWorker(workerName, { name: `${workerName}-{pid}.log` }).log(1_000)
  process.send('logged')
  process.on('disconnect', () => {})
}

function filesOf(directory) {
  const names = readdirSync(directory.logs).filter((name) => name.endsWith('.log'))
  return names.map((name) => directory.path(name))
}
