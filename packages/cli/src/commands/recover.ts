import { runListener, type Listener } from '@pino-funnel/listener'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findChannel } from '../access/find-channel.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import type { Command } from './command.ts'

export const recover: Command = {
  summary: 'write what dead workers have left behind, then exit',
  help: `Usage: pino-funnel recover <log file or directory>

Becomes the listener, writes what is in the mailboxes of workers that have died,
and exits when no worker is left. Where a listener is at work there is nothing to
recover: it has done so when it started.`,
  async run(args, output) {
    const { positionals } = parseArgs({ args, allowPositionals: true })
    const channel = findChannel(positionals[0])
    const report = (message: string): void => output.complain(message)
    let listener: Listener | undefined
    const end = await runListener({ root: channel.root, linger: 0, report }, (elected) => (listener = elected))
    if (end === 'not elected') {
      output.print(`A listener is at work in ${channel.root}; it has recovered what there was.`)
      return EXIT_OK
    }
    const unreadable = listener?.unreadableMailboxes ?? []
    for (const id of unreadable)
      output.complain(`The mailbox ${join(channel.mailboxes, id)} can't be read; it is left as it is.`)
    if (end === 'epoch lost')
      output.complain(`The channel ${channel.root} names another listener; this one has stopped.`)
    if (end === 'epoch lost' || unreadable.length > 0) return EXIT_FAILED
    output.print(`Recovered: everything is in the log files of ${channel.logDirectory}.`)
    return EXIT_OK
  },
}
