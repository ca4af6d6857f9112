/**
 * The listener process, as a worker launches it:
 * `main.js <channel directory> --channel <its device and inode> --linger <ms> --ticket <name>`.
 */
import {
  boundListenerLog,
  FunnelError,
  layoutOf,
  openChannel,
  unlinkIfThere,
  withNames,
  type Channel,
} from '@pino-funnel/channel'
import { writeSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { parseArgs } from 'node:util'
import { runListener } from './listener.ts'
import { becomeOwnProcess } from './own-process.ts'
import { obeySignals } from './signals.ts'

becomeOwnProcess()

const STDERR = 2

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { channel: { type: 'string' }, linger: { type: 'string' }, ticket: { type: 'string' } },
})
const [root] = positionals
const linger = Number(values.linger)
if (root === undefined || !isAbsolute(root) || !(linger >= 0)) {
  throw new Error(
    `Usage: main.js <absolute channel directory> --linger <ms> [--channel <device>:<inode>] [--ticket <name>]`,
  )
}

const { listenerLog } = layoutOf(root)
process.title = `pino-funnel listener ${root}`

/** Writes by write(2). `process.stderr` would end the process, or close itself, when listener.log is on a full disk. */
function report(message: string): void {
  boundListenerLog(listenerLog, STDERR)
  try {
    writeSync(STDERR, `${new Date().toISOString()} [${process.pid}] ${message}\n`)
  } catch {
    // The next one may get through.
  }
}

// Signals that come before the election is over must not kill a listener that is about to be needed.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

/** Another user may have put a directory of this user in the place of the channel. */
function open(name: string): Channel {
  const channel = openChannel(name)
  if (values.channel === undefined || values.channel === channel.identity) return channel
  throw new FunnelError(
    'FUNNEL_CHANNEL_MOVED',
    `The channel ${name} is not the one that the worker has opened: it was moved, or another user has exchanged it. ` +
      `The worker notices that, and makes a new one.`,
  )
}

async function run(name: string): Promise<void> {
  const channel = open(name)
  const end = await runListener({ channel, linger, report }, obeySignals)
  if (end === 'not elected' && values.ticket !== undefined) unlinkIfThere(join(channel.directory, values.ticket))
}

run(root).then(
  () => process.exit(0),
  (error: unknown) => {
    report(withNames(`can't run: ${String(error)}`))
    process.exit(1)
  },
)
