import {
  FunnelError,
  isMailboxId,
  MailboxReader,
  readListenerRecord,
  type Channel,
  type ListenerStatus,
  type MailboxPosition,
  type MailboxStatus,
  type SinkStatus,
} from '@pino-funnel/channel'
import { committedPositions } from '@pino-funnel/listener'
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { findChannel } from '../arguments.ts'
import { EXIT_OK } from '../exit-codes.ts'
import { ask, findListener } from '../listener-client.ts'
import type { Command } from './command.ts'

type AnsweringListener = Omit<ListenerStatus, 'mailboxes'> & { readonly answers: true }
type SilentListener = { readonly pid: number; readonly epoch: number; readonly answers: false }

/** What `status --json` prints. */
export interface StatusReport {
  readonly channel: string
  readonly logDirectory: string
  /** `null` when there is none. One that is stopped (SIGSTOP) or hangs at the disk is there, and does not answer. */
  readonly listener: AnsweringListener | SilentListener | null
  /** As the listener sees them, or as they lie on disk when there is none (`lifecycle: 'unknown'`). */
  readonly mailboxes: readonly (MailboxStatus & { readonly waiting: number })[]
  /** Mailboxes that are none any more: what is in them is not in the log, and they are left alone. */
  readonly damaged: readonly { readonly id: string; readonly error: string }[]
}

export const status: Command = {
  summary: 'show the listener, the workers and what waits in their mailboxes',
  help: `Usage: pino-funnel status [--json] <log file or directory>

Shows who listens, and each worker's mailbox: process, thread, how it is written
(plain or mapped), records collected, bytes that wait.

  --json   the same as one JSON object`,
  async run(args, output) {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean' } } })
    const report = await gather(findChannel(positionals[0]))
    output.print(values.json === true ? JSON.stringify(report, null, 2) : describe(report))
    return EXIT_OK
  },
}

/** What there is to be seen, from the listener and from the disk. */
export async function gather(channel: Channel): Promise<StatusReport> {
  const epoch = await findListener(channel)
  const answer = epoch === undefined ? undefined : await ask(channel, epoch, { type: 'status' }, 'status')
  const base = { channel: channel.root, logDirectory: channel.logDirectory, damaged: damagedMailboxes(channel) }
  if (!answer) return { ...base, listener: await silentListener(channel), mailboxes: mailboxesOnDisk(channel) }
  const { mailboxes, ...listener } = answer.status
  const waiting = ({ id, position }: MailboxStatus): number =>
    inspect(channel, id, position, (reader) => reader.measure()) ?? 0
  return {
    ...base,
    listener: { ...listener, answers: true },
    mailboxes: mailboxes.map((mailbox) => ({ ...mailbox, waiting: waiting(mailbox) })),
  }
}

/** It may have left while we asked; otherwise it lives and says nothing. */
async function silentListener(channel: Channel): Promise<SilentListener | null> {
  const epoch = await findListener(channel)
  const record = readListenerRecord(channel)
  return epoch === undefined || record === undefined ? null : { pid: record.pid, epoch, answers: false }
}

function mailboxesOnDisk(channel: Channel): StatusReport['mailboxes'] {
  const positions = committedPositions(channel)
  const ids = readdirSync(channel.mailboxes).filter(isMailboxId)
  return ids.flatMap((id) => inspect(channel, id, positions.get(id), describeOnDisk) ?? [])
}

/** Looked for on the disk, whoever listens: no listener can do anything about them. */
function damagedMailboxes(channel: Channel): StatusReport['damaged'] {
  const ids = readdirSync(channel.mailboxes).filter(isMailboxId)
  return ids.flatMap((id) => {
    try {
      new MailboxReader(channel.mailboxes, id).close()
      return []
    } catch (error) {
      // The system may be able to open another one later, or its listener has deleted it.
      return error instanceof FunnelError ? [{ id, error: error.message }] : []
    }
  })
}

/** Looks into a mailbox; `undefined` when it was deleted meanwhile, or is damaged. */
function inspect<T>(
  channel: Channel,
  id: string,
  position: MailboxPosition | undefined,
  look: (reader: MailboxReader) => T,
): T | undefined {
  try {
    const reader = new MailboxReader(channel.mailboxes, id, position)
    try {
      return look(reader)
    } finally {
      reader.close()
    }
  } catch {
    return undefined
  }
}

function describeOnDisk(reader: MailboxReader): StatusReport['mailboxes'][number] {
  const { identity, position } = reader
  const waiting = reader.measure()
  return {
    id: reader.id,
    file: identity.file,
    pid: identity.pid,
    threadId: identity.threadId,
    program: identity.program,
    pool: identity.pool ?? null,
    slot: identity.slot ?? null,
    since: identity.since,
    form: reader.form ?? 'none',
    life: 'unknown',
    activity: null,
    position,
    bytes: 0,
    records: 0,
    last: null,
    waiting,
  }
}

function describe(report: StatusReport): string {
  const lines = [`channel   ${report.channel}`]
  const { listener } = report
  if (listener?.answers === false) {
    lines.push(
      `listener  pid ${listener.pid}, epoch ${listener.epoch}: lives, but DOES NOT ANSWER (stopped, or its disk hangs)`,
    )
  } else if (listener) {
    const memory = `${Math.round(listener.memory / 1e6)} MB`
    lines.push(`listener  pid ${listener.pid}, epoch ${listener.epoch}, since ${time(listener.since)}, ${memory}`)
    for (const file of listener.files) {
      lines.push(`file      ${file.file}: ${file.records} records, ${file.bytes} bytes by this listener`)
      for (const sink of file.sinks) lines.push(`          ${describeSink(sink)}`)
      if (file.trouble !== null) lines.push(`          TROUBLE: ${file.trouble}`)
    }
  } else {
    lines.push('listener  none')
  }
  const count = report.mailboxes.length + report.damaged.length
  lines.push(count === 0 ? 'mailboxes none' : `mailboxes ${count}`)
  for (const mailbox of report.mailboxes) lines.push(`  ${describeMailbox(mailbox)}`)
  for (const { id, error } of report.damaged) lines.push(`  ${id}: DAMAGED, left alone. ${error}`)
  return lines.join('\n')
}

function describeSink({ sink, state, delivered, dropped, restarts, lastError }: SinkStatus): string {
  const lost = dropped > 0 ? `, ${dropped} DROPPED` : ''
  const restarted = restarts > 0 ? `, ${restarts} restarts, the last for: ${lastError ?? 'unknown'}` : ''
  return `sink ${sink}: ${state}, ${delivered} records delivered${lost}${restarted}`
}

function describeMailbox(mailbox: StatusReport['mailboxes'][number]): string {
  const thread = mailbox.threadId === 0 ? '' : ` thread ${mailbox.threadId}`
  const slot = mailbox.slot === null ? '' : ` ${mailbox.slot}`
  const pool = mailbox.pool === null ? '' : ` ${mailbox.pool} worker${slot}`
  const who = `pid ${mailbox.pid}${thread}${pool} (${mailbox.program})`
  const last = mailbox.last === null ? 'no record yet' : `last at ${time(mailbox.last)}`
  const waiting = mailbox.waiting > 0 ? `, ${mailbox.waiting} bytes wait` : ''
  const silent = describeActivity(mailbox)
  return `${who}: ${mailbox.life}, ${mailbox.form}, ${mailbox.file}, ${mailbox.records} records, ${last}${waiting}${silent}`
}

function describeActivity({ activity }: MailboxStatus): string {
  if (activity === null || activity.since === null) return ''
  return `, ${activity.state.toUpperCase()} since ${time(activity.since)}`
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}
