import { Sampler, TopSession } from '@pino-funnel/observe/top'
import { findChannelToRead } from '../access/find-channel.ts'
import { UsageError } from '../access/usage-error.ts'
import { channelLogs } from '../search/logs-of.ts'
import { EXIT_OK, parseCommandLine, type Command } from './command.ts'
import { levelKeys } from './control/level-keys.ts'

export const top: Command = {
  summary: 'show live what the listener and the workers do',
  help: `Usage: pino-funnel top <log file or directory>

Shows once a second the listener, the log files with their rates, and the workers:
those in trouble first, with rate, last record, what waits and the last minute.

  q, Ctrl-C   quit; Ctrl-Z gives the terminal to the shell until fg
  s           sort by state, rate, what waits, or worker
  /           show only workers that match a text; Enter ends it, Esc removes it
  up, down    mark a worker (also k, j)
  Enter       show the records of the marked worker, and end that
  l, L        change the level of the marked worker, or of all: debug, debug 10m,
              or back to end that before its time
  p           pause`,
  async run(args, output) {
    const target = parseCommandLine(args, {})
    const { stdin, stdout } = process
    if (output.terminal === undefined || !stdin.isTTY) {
      throw new UsageError('The command top needs a terminal, for its keys and its picture. Use status or metrics')
    }
    if (process.env['TERM'] === 'dumb') {
      throw new UsageError(`The command top needs a terminal with a cursor, and TERM is 'dumb'. Use status or metrics`)
    }
    const user = process.geteuid?.()
    const channel = findChannelToRead(target)
    const isOwner = process.geteuid?.() === user
    const stop = new AbortController()
    const orders = new AbortController()
    const end = (): void => stop.abort()
    output.closed.addEventListener('abort', end, { once: true })
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(signal, end)
    const sampler = new Sampler(channel, await channelLogs(channel))
    try {
      const keys = levelKeys(channel, isOwner, orders.signal)
      await new TopSession(sampler, keys, [stdin, stdout], output.terminal.hasColors).run(stop.signal)
    } finally {
      orders.abort()
      await sampler.close()
    }
    return EXIT_OK
  },
}
