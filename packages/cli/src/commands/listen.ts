import {
  defaultChannelRoot,
  ensureChannel,
  FunnelError,
  openChannel,
  refuseSharedDirectory,
  resolveLogTarget,
  systemCode,
} from '@pino-funnel/channel'
import { obeySignals, runListener } from '@pino-funnel/listener'
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { refuseForeign } from '../access/channel-owner.ts'
import { isChannel } from '../access/find-channel.ts'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command, type Output } from './command.ts'

/** The longest time that a timer can wait: a supervised listener exits only on request. */
const STAY_MS = 2 ** 31 - 1

export const listen: Command = {
  summary: 'run the listener in the foreground, for a supervisor',
  help: `Usage: pino-funnel listen [--allow-shared-directory] <log file, log directory or channel directory>

Runs the listener in the foreground, for systemd and the like; otherwise the first
worker starts one. It stays when the last worker has exited.

  --allow-shared-directory   as root, accept a log directory that others may write to

SIGTERM, SIGINT: finish, and exit when the last worker has exited.
SIGHUP: close the log files and open them again by name.`,
  async run(args, output) {
    const { path, values } = parseCommandLine(args, { 'allow-shared-directory': { type: 'boolean' } })
    const root = prepareChannel(resolve(path), values['allow-shared-directory'] === true)
    ignoreOutputErrors()
    const end = await runForSupervisor(root, output)
    if (end === 'left') return EXIT_OK
    output.printError(
      end === 'not elected'
        ? `Another listener is running for ${root}. Stop it with: pino-funnel stop ${path}`
        : `The channel ${root} names another listener; this one has stopped writing.`,
    )
    return EXIT_FAILED
  },
}

function runForSupervisor(root: string, output: Output): ReturnType<typeof runListener> {
  const report = (message: string): void => output.printError(message)
  return runListener({ root, linger: STAY_MS, report }, (listener) => {
    output.print(`Listening for ${root}, epoch ${listener.epoch}.`)
    obeySignals(listener)
  })
}

/** A full disk under the output, or a closed pipe, must not end the listener. */
function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

/** Makes the channel, as the listener may start before the first worker. Never makes the log directory. */
function prepareChannel(path: string, allowShared: boolean): string {
  if (isChannel(path)) {
    refuseForeign(path)
    return openChannel(path).root
  }
  const inside = isReachableDirectory(path) ? join(path, 'app.log') : path
  const { directory } = resolveLogTarget(inside, false)
  refuseForeign(defaultChannelRoot(directory))
  if (!allowShared) refuseSharedDirectory(directory)
  return ensureChannel(defaultChannelRoot(directory), directory).root
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
