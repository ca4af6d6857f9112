import { printableText } from '@pino-funnel/channel'
import { asTyped, findChannel } from '../../access/find-channel.ts'
import { ask, findListener, watchListener } from '@pino-funnel/observe'
import { UsageError } from '../../access/usage-error.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command } from '../command.ts'

const DEFAULT_WAIT_SECONDS = 10
const LONGEST_WAIT_SECONDS = 86_400

export const stop: Command = {
  summary: 'let the listener exit as soon as the last worker has exited',
  help: `Usage: pino-funnel stop [--wait <seconds>] <log file or directory>

Asks the listener to finish: it writes everything, and exits without lingering when
the last worker has exited. Workers are not stopped, and the listener stays as long
as they do.

  --wait   how long to wait for its exit; ${DEFAULT_WAIT_SECONDS} seconds by default

Exit codes: 0 the listener has exited, 1 it is still running.`,
  async run(args, output) {
    const { values, ...target } = parseCommandLine(args, { wait: { type: 'string' } })
    const wait = parseSeconds(values.wait ?? String(DEFAULT_WAIT_SECONDS))
    const channel = findChannel(target)
    const epoch = await findListener(channel)
    if (epoch === undefined) {
      output.print(`No listener is running for ${printableText(channel.root)}.`)
      return EXIT_OK
    }
    const watch = watchListener(channel, epoch)
    const answer = await ask(channel, epoch, { type: 'stop' }, 'stopping')
    const hasEnded = await within(wait, watch.ended)
    watch.close()
    if (hasEnded) {
      output.print('The listener has exited.')
      return EXIT_OK
    }
    output.printError(
      answer
        ? stillRunning(answer.writers)
        : `The listener is still running and does not answer. Find out why: npx --no pino-funnel doctor ${asTyped(target)}`,
    )
    return EXIT_FAILED
  },
}

function stillRunning(writers: number): string {
  return writers === 0
    ? 'The listener is still running. No worker is left: its sinks take what waits, and its shippers ship it, for 30 seconds at most.'
    : `The listener is still running; mailboxes in use: ${writers}. It exits when the last worker has exited.`
}

/** @returns milliseconds */
function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS) return seconds * 1000
  throw new UsageError(`Option '--wait' must be a number of seconds from 0 to ${LONGEST_WAIT_SECONDS}; got '${text}'`)
}

async function within(ms: number, done: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  const result = await Promise.race([done.then(() => true), late])
  clearTimeout(timer)
  return result
}
