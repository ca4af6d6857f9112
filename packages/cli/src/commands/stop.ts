import { parseArgs } from 'node:util'
import { findChannel, UsageError } from '../access/find-channel.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { ask, findListener, watchListener } from '../access/listener-client.ts'
import type { Command } from './command.ts'

const LONGEST_WAIT_SECONDS = 86_400

export const stop: Command = {
  summary: 'let the listener leave as soon as the last worker has left',
  help: `Usage: pino-funnel stop [--wait <seconds>] <log file or directory>

Tells the listener to finish: it writes everything, and leaves without lingering
when the last worker has left. Workers are not stopped; while they live, so does
the listener.

  --wait   how long to wait for it, 10 seconds if not given`,
  async run(args, output) {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { wait: { type: 'string' } } })
    const wait = parseSeconds(values.wait ?? '10')
    const channel = findChannel(positionals[0])
    const epoch = await findListener(channel)
    if (epoch === undefined) {
      output.print(`No listener is at work in ${channel.root}.`)
      return EXIT_OK
    }
    const watch = watchListener(channel, epoch)
    const answer = await ask(channel, epoch, { type: 'stop' }, 'stopping')
    const hasGone = await within(wait, watch.gone)
    watch.close()
    if (hasGone) {
      output.print('The listener has left.')
      return EXIT_OK
    }
    const writers = answer ? `${answer.writers} mailboxes are in use` : 'it does not answer'
    output.complain(`The listener is still there: ${writers}. Stop the workers; it leaves when the last one has left.`)
    return EXIT_FAILED
  },
}

/** @returns milliseconds */
function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS) return seconds * 1000
  throw new UsageError(`--wait takes seconds from 0 to ${LONGEST_WAIT_SECONDS}, but '${text}' came`)
}

async function within(ms: number, done: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  const result = await Promise.race([done.then(() => true), late])
  clearTimeout(timer)
  return result
}
