import {
  ensureChannel,
  FunnelError,
  openChannel,
  resolveLogTarget,
  refuseSharedDirectory,
  defaultChannelRoot,
  systemCode,
} from '@pino-funnel/channel'
import { runListener } from '@pino-funnel/listener'
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../access/find-channel.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import type { Command } from './command.ts'

/** For ever, as far as a timer can count: a supervised listener leaves when it is told to. */
const STAY_MS = 2 ** 31 - 1

export const listen: Command = {
  summary: 'run the listener in the foreground, for a supervisor',
  help: `Usage: pino-funnel listen [--allow-shared-directory] <log file, log directory or channel directory>

Runs the listener here, for systemd and the like, instead of letting the first
worker start one. It stays when the last worker has left. SIGTERM and SIGINT:
finish, and leave when the last worker has left. SIGHUP: open the log files anew.

  --allow-shared-directory   as root, also where others may write the directory`,
  async run(args, output) {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { 'allow-shared-directory': { type: 'boolean' } },
    })
    const [path] = positionals
    if (path === undefined) throw new UsageError('a log file or directory is missing')
    const root = prepareChannel(resolve(path), values['allow-shared-directory'] === true)
    // Its output may be a file on a disk that is full, or a pipe to somebody who has left.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
    const end = await runListener(
      { root, linger: STAY_MS, report: (message) => output.complain(message) },
      (listener) => {
        output.print(`Listening for ${root}, epoch ${listener.epoch}.`)
        process.on('SIGTERM', () => listener.stop())
        process.on('SIGINT', () => listener.stop())
        process.on('SIGHUP', () => listener.reopen())
      },
    )
    if (end === 'left') return EXIT_OK
    output.complain(
      end === 'not elected'
        ? `Another listener is at work in ${root}. Stop it with: pino-funnel stop ${path}`
        : `The channel ${root} names another listener; this one has stopped writing.`,
    )
    return EXIT_FAILED
  },
}

/** A listener may come before the first worker, so it makes the channel; but not the log directory. */
function prepareChannel(path: string, allowShared: boolean): string {
  if (existsSync(join(path, 'channel.json'))) return openChannel(path).root
  const inside = isDirectory(path) ? join(path, 'app.log') : path
  const { directory } = resolveLogTarget(inside, false)
  if (!allowShared) refuseSharedDirectory(directory)
  return ensureChannel(defaultChannelRoot(directory), directory).root
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw new FunnelError('FUNNEL_LOG_DIRECTORY_UNUSABLE', `${path} can't be reached: ${String(error)}`, {
      cause: error,
    })
  }
}
