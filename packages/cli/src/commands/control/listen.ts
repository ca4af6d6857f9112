import {
  defaultChannelRoot,
  ensureChannel,
  FunnelError,
  openChannel,
  resolveLogTarget,
  systemCode,
  type Channel,
  printableText,
} from '@pino-funnel/channel'
import { obeySignals, runListener } from '@pino-funnel/listener'
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { refuseForeign } from '../../access/channel-owner.ts'
import { asTyped, isChannel, type Target } from '../../access/find-channel.ts'
import { UsageError } from '../../access/usage-error.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command, type Output } from '../command.ts'

/** The longest time that a timer can wait: a supervised listener exits only on request. */
const STAY_MS = 2 ** 31 - 1

export const listen: Command = {
  summary: 'run the listener in the foreground, for a supervisor',
  outlivesOutput: true,
  help: `Usage: pino-funnel listen <log file, log directory or channel directory>

Runs the listener in the foreground, for systemd and the like; otherwise the first
worker starts one. It stays when the last worker has exited.

SIGTERM, SIGINT: finish, and exit when the last worker has exited.
SIGHUP: close the log files and open them again by name.`,
  async run(args, output) {
    const target = parseCommandLine(args, {})
    const channel = prepareChannel(target)
    const end = await runForSupervisor(channel, output)
    if (end === 'left') return EXIT_OK
    output.printError(
      end === 'not elected'
        ? `Another listener is running for ${channel.root}. Stop it with: npx --no pino-funnel stop ${asTyped(target)}`
        : `The channel ${channel.root} names another listener; this one has stopped writing.`,
    )
    return EXIT_FAILED
  },
}

function runForSupervisor(channel: Channel, output: Output): ReturnType<typeof runListener> {
  const report = (message: string): void => output.printError(message)
  return runListener({ channel, linger: STAY_MS, report }, (listener) => {
    output.print(`Listening for ${printableText(channel.root)}, epoch ${listener.epoch}.`)
    obeySignals(listener)
  })
}

/** Makes the channel, as the listener may start before the first worker. Never makes the log directory. */
function prepareChannel({ path, channel }: Target): Channel {
  const absolute = resolve(path)
  if (isChannel(absolute)) {
    if (channel !== undefined && resolve(channel) !== absolute)
      throw new UsageError(`Two channels were given: ${absolute} and ${resolve(channel)}`)
    refuseForeign(absolute)
    return openChannel(absolute)
  }
  const inside = isReachableDirectory(absolute) ? join(absolute, 'app.log') : absolute
  const { directory } = resolveLogTarget(inside, false)
  const root = channel === undefined ? defaultChannelRoot(directory) : resolve(channel)
  refuseForeign(root)
  return ensureChannel(root, directory)
}

/** @throws FunnelError `FUNNEL_LOG_DIRECTORY_UNUSABLE` when this user may not reach the path */
function isReachableDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw new FunnelError('FUNNEL_LOG_DIRECTORY_UNUSABLE', `Could not reach ${path}: ${String(error)}`, {
      cause: error,
    })
  }
}
