import { FunnelError, printableText, systemCode, type Channel } from '@pino-funnel/channel'
import { runListener, type Listener, type ListenerEnd } from '@pino-funnel/listener'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { asTyped, findChannel } from '../../access/find-channel.ts'
import { gatherStatus, type StatusReport } from '@pino-funnel/observe'
import type { MailboxReport } from '@pino-funnel/observe'
import { EXIT_FAILED, EXIT_OK, parseCommandLine, type Command, type Output } from '../command.ts'

/** How long a trouble with a disk may last before the command gives up, in ms: far longer than a passing one. */
const TROUBLE_LASTS_MS = 10_000
const CHECK_MS = 250

export const recover: Command = {
  summary: 'write what dead workers have left in their mailboxes, then exit',
  help: `Usage: pino-funnel recover <log file or directory>

Becomes the listener, writes what is in the mailboxes of dead workers to the log
files, and exits when no worker is left. With a running listener, which does the
same when it starts, it checks that nothing of dead workers is left. Exits with 1,
and says why and how many records wait, when they can't be written.`,
  async run(args, output) {
    const target = parseCommandLine(args, {})
    const channel = findChannel(target)
    let listener: Listener | undefined
    let checksInTrouble = 0
    const watch = setInterval(() => {
      checksInTrouble = listener?.isInTrouble === true ? checksInTrouble + 1 : 0
      if (checksInTrouble * CHECK_MS > TROUBLE_LASTS_MS) listener?.abandon()
    }, CHECK_MS)
    try {
      const report = (message: string): void => output.printError(message)
      const options = { channel, linger: 0, beginWithin: TROUBLE_LASTS_MS, report }
      const end = await runListener(options, (elected) => (listener = elected))
      if (end === 'not elected') return await checkRunning(channel, asTyped(target), output)
      return await conclude(channel, end, listener?.unreadableMailboxes ?? [], output)
    } catch (error) {
      if (systemCode(error) === undefined || error instanceof FunnelError) throw error
      output.printError(`No listener can begin in ${channel.root}: ${String(error)}. Its disk may need room.`)
      return reportWaiting(await gatherStatus(channel), output)
    } finally {
      clearInterval(watch)
    }
  },
}

async function conclude(
  channel: Channel,
  end: ListenerEnd,
  unreadable: readonly string[],
  output: Output,
): Promise<number> {
  for (const id of unreadable)
    output.printError(`The mailbox ${join(channel.root, 'mailboxes', id)} can't be read; it was left as it is.`)
  if (end === 'epoch lost')
    output.printError(`The channel ${channel.root} names another listener; this one has stopped.`)
  if (end === 'abandoned') return reportWaiting(await gatherStatus(channel), output)
  if (end === 'epoch lost' || unreadable.length > 0) return EXIT_FAILED
  output.print(`Recovered: everything is in the log files in ${printableText(channel.logDirectory)}.`)
  return EXIT_OK
}

/** A running listener has everything of dead workers in the log files, unless these can't be appended to. */
async function checkRunning(channel: Channel, target: string, output: Output): Promise<number> {
  for (let waited = 0; ; waited += CHECK_MS) {
    const status = await gatherStatus(channel)
    const { listener, mailboxes } = status
    if (listener?.answers === false) {
      output.printError(
        `The listener (pid ${listener.pid}) does not answer. Find out why: npx --no pino-funnel doctor ${target}`,
      )
      return EXIT_FAILED
    }
    const troubles = listener?.files.filter(({ trouble }) => trouble !== null) ?? []
    for (const { file, trouble } of troubles)
      output.printError(`The listener can't append to ${join(channel.logDirectory, file)}: ${trouble}`)
    if (troubles.length > 0) return reportWaiting(status, output)
    if (!mailboxes.some(isLeftover)) break
    if (waited >= TROUBLE_LASTS_MS) return reportWaiting(status, output)
    await pause(CHECK_MS)
  }
  output.print(`A listener is running for ${printableText(channel.root)}; it has recovered everything of dead workers.`)
  return EXIT_OK
}

function isLeftover({ liveness, waiting }: MailboxReport): boolean {
  return waiting > 0 && (liveness === 'dead' || liveness === 'sealed')
}

function reportWaiting({ channel, mailboxes }: StatusReport, output: Output): number {
  const records = mailboxes.reduce((sum, { waitingRecords }) => sum + waitingRecords, 0)
  const bytes = mailboxes.reduce((sum, { waiting }) => sum + waiting, 0)
  output.printError(
    `${records} records (${bytes} bytes) wait in ${channel}. They are safe; a listener writes them when it can.`,
  )
  return EXIT_FAILED
}
