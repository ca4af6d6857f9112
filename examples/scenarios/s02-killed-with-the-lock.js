// S2: a process is killed while it holds the lock of the queue, and no other process can log again. pino-funnel has no
// lock: workers are killed in mid-call, one after the other, and the log keeps flowing. ROUNDS: how many (40).
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '@pino-funnel/test/kit'
import { openWorker, scenario, startProcess, turn, workerName } from './scenario.js'

const ROUNDS = Number(process.env.ROUNDS ?? 40)

if (workerName === undefined) await scenario(main)
else await work()

async function main({ file }) {
  const survivor = startProcess(import.meta.url, 'survivor')
  await once(survivor, 'message')
  for (let round = 1; round <= ROUNDS; round += 1) {
    const victim = startProcess(import.meta.url, `victim-${round}`)
    await once(victim, 'message')
    await pause(Math.random() * 5)
    victim.kill('SIGKILL')
    await once(victim, 'exit')
  }
  const { size } = statSync(file)
  await until(() => statSync(file).size > size, 'the survivor to go on logging')
  console.log(`${ROUNDS} workers killed, the log keeps flowing`)
  survivor.kill('SIGKILL')
  await once(survivor, 'exit')
}

async function work() {
  const worker = openWorker(workerName, { maxMailboxBytes: 2 ** 40, maxChannelBytes: 2 ** 40 })
  process.send('started')
  process.on('disconnect', () => process.exit())
  for (;;) {
    worker.log(50)
    await turn()
    // Leaves some CPU to the victims.
    if (workerName === 'survivor') await pause(5)
  }
}
