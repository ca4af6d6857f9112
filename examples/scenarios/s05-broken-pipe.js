// S5: a user killed one of the unexplained extra processes, and the application died of "Broken pipe". Here the listener
// is killed again and again: no worker sees an error, and another listener continues. ROUNDS: how often (5).
import { once } from 'node:events'
import { until } from '@pino-funnel/test/kit'
import { openWorker, scenario, startProcess, turn, workerName } from './scenario.js'

const ROUNDS = Number(process.env.ROUNDS ?? 5)
/** After listeners in a row that have ended early, a worker pauses for 30 s at most before it starts the next one. */
const LAUNCHED_MS = 60_000

if (workerName === undefined) await scenario(main)
else await work()

async function main(directory) {
  const worker = startProcess(import.meta.url, 'worker')
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { pid, epoch } = await directory.listenerPresent()
    process.kill(pid, 'SIGKILL')
    await until(() => (directory.listener()?.epoch ?? 0) > epoch, 'another listener to continue', {
      deadline: LAUNCHED_MS,
    })
  }
  worker.send('enough')
  const [code] = await once(worker, 'exit')
  console.log(`${ROUNDS} listeners killed, the worker ended with ${code}`)
}

async function work() {
  const worker = openWorker(workerName, { maxMailboxBytes: 2 ** 40, maxChannelBytes: 2 ** 40 })
  const state = { isEnough: false }
  process.on('message', () => (state.isEnough = true))
  while (!state.isEnough) {
    worker.log(20)
    await turn()
  }
  process.disconnect()
}
