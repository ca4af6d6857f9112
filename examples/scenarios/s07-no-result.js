// S7: a worker of a pool was killed, its result never comes, and join() never returns. Here a record reports the death
// and its cause, and logging keeps no process and no thread from ending.
import { once } from 'node:events'
import { until } from '@pino-funnel/test/kit'
import { noticesIn, openWorker, scenario, startProcess, startThread, send, workerName } from './scenario.js'

if (workerName === undefined) await scenario(main)
else work()

async function main({ file }) {
  const own = openWorker('pool')
  own.log(1)
  const children = ['killed', 'aborted'].map((name) => startProcess(import.meta.url, name, { silent: true }))
  const thread = startThread(import.meta.url, 'terminated')
  await Promise.all([...children, thread].map((child) => once(child, 'message')))
  children[0].kill('SIGKILL')
  children[1].send('abort')
  await Promise.all([...children.map((child) => once(child, 'exit')), thread.terminate()])
  console.log('all workers have ended, and the pool is closed')

  const deaths = () => noticesIn(file).filter(({ funnel }) => funnel.event === 'died')
  await until(() => deaths().length === 2, 'both deaths to be in the log')
  const causes = children.map(({ pid }) => deaths().find(({ funnel }) => funnel.worker === pid).funnel.signal)
  console.log(`killed: ${causes[0]}, aborted: ${causes[1]}`)
  own.stream.end()
}

function work() {
  openWorker(workerName).log(100)
  send('logged')
  process.on('message', () => process.abort())
  setInterval(() => {}, 1000)
}
