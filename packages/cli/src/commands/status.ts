import type { MailboxStatus, SinkStatus } from '@pino-funnel/channel'
import { findChannelToRead } from '../access/find-channel.ts'
import type { HoldReport } from '../status/hold-reports.ts'
import { gatherStatus, type StatusReport } from '../status/status-report.ts'
import type { MailboxReport } from '../status/stored-mailboxes.ts'
import { EXIT_OK, parseCommandLine, type Command } from './command.ts'

export const status: Command = {
  summary: 'show the listener, the workers and how much waits in their mailboxes',
  help: `Usage: pino-funnel status [--json] <log file or directory>

Shows the listener, and the mailbox of each worker: process, thread, form (plain
or mapped), log file, records collected, and bytes that wait to be written.

  --json   print the same as one JSON object`,
  async run(args, output) {
    const { path, values } = parseCommandLine(args, { json: { type: 'boolean' } })
    const report = await gatherStatus(findChannelToRead(path))
    output.print(values.json === true ? JSON.stringify(report, null, 2) : describe(report))
    return EXIT_OK
  },
}

function describe({ channel, listener, mailboxes, damaged, holds, mapping }: StatusReport): string {
  const count = mailboxes.length + damaged.length
  return [
    `channel   ${channel}`,
    ...describeListener(listener),
    `mailboxes ${count === 0 ? 'none' : count}`,
    ...mailboxes.map((mailbox) => `  ${describeMailbox(mailbox)}`),
    ...damaged.map(({ id, error }) => `  ${id}: DAMAGED, left alone. ${error}`),
    ...holds.map((hold) => `hold      ${describeHold(hold)}`),
    ...(mapping === null ? [] : [`hint      Mailboxes are written by system calls: ${mapping}.`]),
  ].join('\n')
}

function describeListener(listener: StatusReport['listener']): string[] {
  if (listener === null) return ['listener  none']
  const name = `pid ${listener.pid}, epoch ${listener.epoch}`
  if (!listener.answers) return [`listener  ${name}: alive, but DOES NOT ANSWER (stopped, or its disk hangs)`]
  const lines = [`listener  ${name}, since ${time(listener.since)}, ${Math.round(listener.memory / 1e6)} MB`]
  for (const { file, records, bytes, sinks, trouble } of listener.files) {
    lines.push(`file      ${file}: ${records} records, ${bytes} bytes by this listener`)
    for (const sink of sinks) lines.push(`          ${describeSink(sink)}`)
    if (trouble !== null) lines.push(`          TROUBLE: ${trouble}`)
  }
  return lines
}

function describeSink({ sink, state, delivered, dropped, restarts, lastError }: SinkStatus): string {
  const lost = dropped > 0 ? `, ${dropped} DROPPED` : ''
  const restarted = restarts > 0 ? `, ${restarts} restarts, the last because of: ${lastError ?? 'unknown'}` : ''
  return `sink ${sink}: ${state}, ${delivered} records delivered${lost}${restarted}`
}

function describeHold({ hold, file, unread, budget, at }: HoldReport): string {
  const over = unread > budget ? ', OVER BUDGET' : ''
  return `${hold} on ${file}: ${unread} bytes to read of a budget of ${budget}${over}, written at ${time(at)}`
}

function describeMailbox(mailbox: MailboxReport): string {
  const thread = mailbox.threadId === 0 ? '' : ` thread ${mailbox.threadId}`
  const slot = mailbox.slot === null ? '' : ` ${mailbox.slot}`
  const pool = mailbox.pool === null ? '' : ` ${mailbox.pool} worker${slot}`
  const writer = `pid ${mailbox.pid}${thread}${pool} (${mailbox.program})`
  const last = mailbox.last === null ? 'no record yet' : `last at ${time(mailbox.last)}`
  const waiting = mailbox.waiting > 0 ? `, ${mailbox.waiting} bytes wait` : ''
  const silent = describeActivity(mailbox)
  return `${writer}: ${mailbox.liveness}, ${mailbox.form}, ${mailbox.file}, ${mailbox.records} records, ${last}${waiting}${silent}`
}

function describeActivity({ activity }: MailboxStatus): string {
  if (activity === null || activity.since === null) return ''
  return `, ${activity.state.toUpperCase()} since ${time(activity.since)}`
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}
