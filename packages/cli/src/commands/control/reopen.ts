import { printableText } from '@pino-funnel/channel'
import { asTyped, findChannel } from '../../access/find-channel.ts'
import { findListener, notify } from '@pino-funnel/observe'
import { doesNotAnswer, EXIT_FAILED, EXIT_OK, parseCommandLine, type Command } from '../command.ts'

export const reopen: Command = {
  summary: 'close and reopen the log files, after another program has moved them',
  help: `Usage: pino-funnel reopen <log file or directory>

For programs that move log files away, such as logrotate: the listener closes its
log files and opens them again by name. Without this command it notices the move
with the next batch.`,
  async run(args, output) {
    const target = parseCommandLine(args, {})
    const channel = findChannel(target)
    const epoch = await findListener(channel)
    if (epoch === undefined) {
      output.print(`No listener is running for ${printableText(channel.root)}, so no log file is open.`)
      return EXIT_OK
    }
    if (!(await notify(channel, epoch, { type: 'reopen' }))) {
      output.printError(doesNotAnswer(channel, asTyped(target)))
      return EXIT_FAILED
    }
    output.print('The listener reopens its log files.')
    return EXIT_OK
  },
}
