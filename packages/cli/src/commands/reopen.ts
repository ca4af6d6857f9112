import { parseArgs } from 'node:util'
import { findChannel } from '../access/find-channel.ts'
import { EXIT_OK } from './exit-codes.ts'
import { findListener, tell } from '../access/listener-client.ts'
import type { Command } from './command.ts'

export const reopen: Command = {
  summary: 'let the listener open its log files anew, after they were moved',
  help: `Usage: pino-funnel reopen <log file or directory>

For whoever moves log files away, such as logrotate: the listener closes them and
opens new ones by name. It also notices by itself, with the next batch.`,
  async run(args, output) {
    const { positionals } = parseArgs({ args, allowPositionals: true })
    const channel = findChannel(positionals[0])
    const epoch = await findListener(channel)
    if (epoch === undefined) {
      output.print(`No listener is at work in ${channel.root}; no log file is open.`)
      return EXIT_OK
    }
    await tell(channel, epoch, { type: 'reopen' })
    output.print('The listener opens its log files anew.')
    return EXIT_OK
  },
}
