/** A listener in a process of its own, that tells how much CPU it took; with the journal, or with one that writes nothing. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { destination } from 'pino-funnel'
import { nodeFileSystem, runListener } from '@pino-funnel/listener'

const LOOK_MS = 5
const SELF = fileURLToPath(import.meta.url)

/** Resolves when it serves. `finish()` resolves, when all is collected, to the microseconds of CPU it took. */
export async function startListener(file, journal, options = {}) {
  const child = fork(SELF, [file, journal, JSON.stringify(options)])
  await once(child, 'message')
  return {
    async finish() {
      const answer = once(child, 'message')
      const exit = once(child, 'exit')
      child.send('finish')
      const [cpu] = await answer
      await exit
      return cpu
    },
  }
}

/** Everything is as ever, but what is appended to the journal goes nowhere. */
const noJournal = {
  ...nodeFileSystem,
  openAppend: (path, fresh) => ({ ...nodeFileSystem.openAppend(path, fresh), append: () => {} }),
}

if (process.argv[1] === SELF) {
  const [file, journal, options] = process.argv.slice(2)
  // Makes the channel; the mailbox stays until the end, so that the listener does.
  const anchor = destination({ file, mmap: 'never', linger: 0, ...JSON.parse(options) })
  const root = `${dirname(file)}/.pino-funnel`
  const files = journal === 'on' ? nodeFileSystem : noJournal
  await runListener({ root, linger: 0, files, report: () => {} }, (listener) => {
    const before = process.cpuUsage()
    process.send('serving')
    process.once('message', () => void finish(listener, before))
  })

  async function finish(listener, before) {
    while (readdirSync(`${root}/mailboxes`).length > 1) await pause(LOOK_MS)
    const { user, system } = process.cpuUsage(before)
    process.send(user + system)
    process.disconnect()
    listener.stop()
    anchor.end()
  }
}
