// S1: some workers stop logging for no visible reason. Here the log names them, with the time and whether they are alive.
import { until } from '@pino-funnel/test/kit'
import { once } from 'node:events'
import { noticesIn, openWorker, scenario, startProcess, workerName } from './scenario.js'

if (workerName === undefined) await scenario(main)
else work()

async function main({ file }) {
  const stuck = startProcess(import.meta.url, 'stuck')
  const stopped = startProcess(import.meta.url, 'stopped')
  await Promise.all([once(stuck, 'message'), once(stopped, 'message')])
  process.kill(stopped.pid, 'SIGSTOP')

  const notice = (event, pid) => noticesIn(file).find(({ funnel }) => funnel.event === event && funnel.worker === pid)
  const [stall, stop] = [
    await until(() => notice('stalled', stuck.pid), 'the stuck worker to be named'),
    await until(() => notice('stopped', stopped.pid), 'the stopped worker to be named'),
  ]
  console.log(`stuck: ${stall.funnel.state}, ${stall.funnel.records} records`)
  console.log(`stopped: by a signal, ${stop.funnel.records} records`)
  for (const child of [stuck, stopped]) child.kill('SIGKILL')
}

function work() {
  const worker = openWorker(workerName)
  worker.log(100)
  worker.stream.flush(() => {
    process.send('logged', () => {
      if (workerName === 'stuck') for (;;);
    })
  })
  process.on('disconnect', () => process.exit())
}
