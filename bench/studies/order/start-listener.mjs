/** A listener in a process of its own, which reports how much CPU it took. */
import { openChannel } from '@pino-funnel/channel'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { destination } from 'pino-funnel'
import { runListener } from '@pino-funnel/listener'

const POLL_MS = 5
const SELF = fileURLToPath(import.meta.url)

/** Resolves when the listener runs. `finish()` waits until it has collected everything, and resolves to its CPU in µs. */
export async function startListener(file, options = {}) {
  const child = fork(SELF, [file, JSON.stringify(options)])
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

if (process.argv[1] === SELF) {
  const [file, options] = process.argv.slice(2)
  // Makes the channel. The listener stays as long as this mailbox exists.
  const anchor = destination({ file, mmap: 'never', linger: 0, ...JSON.parse(options) })
  const root = `${dirname(file)}/.pino-funnel`
  await runListener({ channel: openChannel(root), linger: 0, report: () => {} }, (listener) => {
    const before = process.cpuUsage()
    process.send('serving')
    process.once('message', () => void finish(listener, before))
  })

  async function finish(listener, before) {
    while (readdirSync(`${root}/mailboxes`).length > 1) await pause(POLL_MS)
    const { user, system } = process.cpuUsage(before)
    process.send(user + system)
    process.disconnect()
    listener.stop()
    anchor.end()
  }
}
