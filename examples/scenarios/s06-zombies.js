// S6: an application starts a process for each batch, never waits for one, and zombies are left. Here dozens of processes
// and listeners die, and no child of the application stays a zombie. ROUNDS: how many of each (10).
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { until } from '@pino-funnel/test/kit'
import { openWorker, scenario, startProcess, startThread, workerName } from './scenario.js'

const ROUNDS = Number(process.env.ROUNDS ?? 10)
/** After listeners in a row that have ended early, a worker pauses for 30 s at most before it starts the next one. */
const LAUNCHED_MS = 60_000

if (workerName === undefined) await scenario(main)
else openWorker(workerName).log(20)

async function main(directory) {
  // The application logs, too, and so starts the listeners.
  const own = openWorker('application')
  for (let round = 1; round <= ROUNDS; round += 1) {
    const child = startProcess(import.meta.url, `process-${round}`)
    child.disconnect()
    await once(startThread(import.meta.url, `thread-${round}`), 'exit')
    own.log(20)
    const { pid, epoch } = await directory.listenerPresent()
    process.kill(pid, 'SIGKILL')
    await until(() => (directory.listener()?.epoch ?? 0) > epoch, 'another listener to continue', {
      deadline: LAUNCHED_MS,
    })
  }
  await until(() => zombies().length === 0, 'no zombie to be left', { evidence: () => zombies().join(', ') })
  console.log(`${ROUNDS} processes, ${ROUNDS} threads and ${ROUNDS} listeners have ended: ${zombies().length} zombies`)
  await new Promise((resolve) => own.stream.once('close', resolve).end())
}

/** Dead children that this process has not waited for, by /proc/<pid>/stat. */
function zombies() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .startsWith(`Z ${process.pid} `)
    } catch {
      return false
    }
  })
}
