import { parseArgs } from 'node:util'
import { findChannel } from '../arguments.ts'
import { EXIT_FAILED, EXIT_OK } from '../exit-codes.ts'
import { ask, findListener, untilGone } from '../listener-client.ts'
import type { Command } from './command.ts'

export const stop: Command = {
  summary: 'let the listener leave as soon as the last worker has left',
  help: `Usage: pino-funnel stop [--wait <seconds>] <log file or directory>

Tells the listener to finish: it writes everything, and leaves without lingering
when the last worker has left. Workers are not stopped; while they live, so does
the listener.

  --wait   how long to wait for it, 10 seconds if not given`,
  async run(args, output) {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { wait: { type: 'string' } } })
    const channel = findChannel(positionals[0])
    const epoch = await findListener(channel)
    if (epoch === undefined) {
      output.print(`No listener is at work in ${channel.root}.`)
      return EXIT_OK
    }
    const gone = untilGone(channel, epoch)
    const answer = await ask(channel, epoch, 'stop', 'stopping')
    if (await within(Number(values.wait ?? '10') * 1000, gone)) {
      output.print('The listener has left.')
      return EXIT_OK
    }
    const writers = answer ? `${answer.writers} mailboxes are in use` : 'it does not answer'
    output.complain(`The listener is still there: ${writers}. Stop the workers; it leaves when the last one has left.`)
    return EXIT_FAILED
  },
}

async function within(ms: number, done: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  const result = await Promise.race([done.then(() => true), late])
  clearTimeout(timer)
  return result
}
