// S4: the output has stopped, and ps shows as many processes as before: a new worker without work has replaced a killed
// one, and two processes are unknown. Here `status` names each process with its role, and the log reports a replacement.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { until } from '@pino-funnel/test/kit'
import { funnel } from './command.js'
import { noticesIn, openWorker, scenario } from './scenario.js'

if (cluster.isPrimary) await scenario(main)
else work()

async function main({ file, logs }) {
  // The primary logs, too: only a parent learns what has ended its child.
  const own = openWorker('primary')
  own.log(1)
  const workers = [cluster.fork(), cluster.fork()]
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const [killed] = workers
  killed.process.kill('SIGKILL')
  await once(killed, 'exit')
  const next = cluster.fork()
  await once(next, 'message')

  // The killed one is there until all that it has left is in the log.
  const { listener, clustered } = await until(async () => {
    const status = await funnel('status', logs)
    const living = status.mailboxes.filter(({ pool }) => pool === 'cluster')
    return living.length === 2 && { listener: status.listener, clustered: living }
  }, 'status to show the two workers that live')
  console.log(`listener: ${listener.pid === undefined ? 'none' : 'pid known'}`)
  console.log(`workers in status: ${clustered.length}`)
  const died = await until(
    () => noticesIn(file).find(({ funnel: { event, worker } }) => event === 'died' && worker === killed.process.pid),
    'the death to be in the log',
  )
  console.log(`died: ${died.funnel.signal}, ${died.funnel.records} records`)
  const replaced = await until(
    () => noticesIn(file).find(({ funnel: { event, worker } }) => event === 'replaced' && worker === next.process.pid),
    'the replacement to be in the log',
  )
  console.log(
    `in its place: another, ${replaced.funnel.former.worker === killed.process.pid ? 'by name' : 'of another worker'}`,
  )
  for (const worker of [workers[1], next]) worker.process.kill('SIGKILL')
  own.stream.end()
}

function work() {
  const worker = openWorker(`worker-${cluster.worker.id}`)
  worker.log(100)
  worker.stream.flush(() => process.send('logged'))
}
