import { runListener, type Listener } from '@pino-funnel/listener'
import { join } from 'node:path'
import { findChannel } from '../access/find-channel.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command } from './command.ts'

export const recover: Command = {
  summary: 'write what dead workers have left in their mailboxes, then exit',
  help: `Usage: pino-funnel recover <log file or directory>

Becomes the listener, writes what is in the mailboxes of dead workers to the log
files, and exits when no worker is left. A running listener did the same when it
started, so then the command does nothing.`,
  async run(args, output) {
    const { path } = parseCommandLine(args, {})
    const channel = findChannel(path)
    const report = (message: string): void => output.printError(message)
    let listener: Listener | undefined
    const end = await runListener({ channel, linger: 0, report }, (elected) => (listener = elected))
    if (end === 'not elected') {
      output.print(`A listener is running for ${channel.root}; it recovered everything when it started.`)
      return EXIT_OK
    }
    const unreadable = listener?.unreadableMailboxes ?? []
    for (const id of unreadable)
      output.printError(`The mailbox ${join(channel.root, 'mailboxes', id)} can't be read; it was left as it is.`)
    if (end === 'epoch lost')
      output.printError(`The channel ${channel.root} names another listener; this one has stopped.`)
    if (end === 'epoch lost' || unreadable.length > 0) return EXIT_FAILED
    output.print(`Recovered: everything is in the log files in ${channel.logDirectory}.`)
    return EXIT_OK
  },
}
