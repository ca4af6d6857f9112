// S7: a pool's worker was killed, its result never comes, and join() never returns. Here the death is a record with its
// cause, and logging keeps neither process nor thread from ending.
import { once } from 'node:events'
import { until } from '@pino-funnel/test/kit'
import { noticesIn, openWorker, scenario, startProcess, startThread, tell, workerName } from './scenario.js'

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
  await until(() => deaths().length === 2, 'both deaths to be told')
  const causes = children.map(({ pid }) => deaths().find(({ funnel }) => funnel.worker === pid).funnel.signal)
  console.log(`killed: ${causes[0]}, aborted: ${causes[1]}`)
  own.stream.end()
}

function work() {
  openWorker(workerName).log(100)
  tell('logged')
  process.on('message', () => process.abort())
  setInterval(() => {}, 1000)
}
