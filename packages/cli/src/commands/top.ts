import { Sampler, TopSession } from '@pino-funnel/observe/top'
import { findChannelToRead } from '../access/find-channel.ts'
import { UsageError } from '../access/usage-error.ts'
import { channelLogs } from '../search/logs-of.ts'
import { EXIT_OK, parseCommandLine, type Command } from './command.ts'

export const top: Command = {
  summary: 'show live what the listener and the workers do',
  help: `Usage: pino-funnel top <log file or directory>

Shows once a second the listener, the log files with their rates, and the workers:
those in trouble first, with rate, last record, what waits and the last minute.

  q, Ctrl-C   quit
  s           sort by state, rate, what waits, or worker
  /           show only workers that match a text; Enter ends it, Esc removes it
  up, down    mark a worker (also k, j)
  Enter       show the records of the marked worker, and end that
  p           pause`,
  async run(args, output) {
    const { path } = parseCommandLine(args, {})
    const { stdin, stdout } = process
    if (output.terminal === undefined || !stdin.isTTY) {
      throw new UsageError('The command top needs a terminal, for its keys and its picture. Use status or metrics')
    }
    const channel = findChannelToRead(path)
    const stop = new AbortController()
    const end = (): void => stop.abort()
    output.closed.addEventListener('abort', end, { once: true })
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(signal, end)
    const sampler = new Sampler(channel, await channelLogs(channel))
    try {
      await new TopSession(sampler, stdin, stdout, output.terminal.hasColors).run(stop.signal)
    } finally {
      await sampler.close()
    }
    return EXIT_OK
  },
}
