/** Examines the mailboxes: whether their writers run, what they dropped, and which ones can't be read. */
import { MailboxReader, proveLife, readDrops, systemCureIn, type Channel, type DropTally } from '@pino-funnel/channel'
import { join } from 'node:path'
import type { StatusReport } from '@pino-funnel/observe'
import type { MailboxReport } from '@pino-funnel/observe'
import type { Finding } from './finding.ts'
import { processState, type ProcessState } from './process-state.ts'

/** A mailbox, and what the kernel knows about the process that writes it. */
export interface Writer extends MailboxReport {
  readonly process: ProcessState
  readonly drops: DropTally | undefined
}

export async function inspectWriters(channel: Channel, { mailboxes }: StatusReport): Promise<Writer[]> {
  const writers = await Promise.all(mailboxes.map((mailbox) => inspectWriter(channel, mailbox)))
  return writers.filter((writer) => writer !== undefined)
}

async function inspectWriter(channel: Channel, mailbox: MailboxReport): Promise<Writer | undefined> {
  const directory = join(channel.mailboxes, mailbox.id)
  try {
    const reader = new MailboxReader(channel.mailboxes, mailbox.id, mailbox.position)
    const { profile } = reader
    reader.close()
    const liveness = mailbox.liveness === 'unknown' ? await provenLiveness(directory) : mailbox.liveness
    return { ...mailbox, liveness, process: processState(profile), drops: readDrops(directory, mailbox.position) }
  } catch {
    // The listener has deleted it since, or it is damaged, which is a finding of its own.
    return undefined
  }
}

async function provenLiveness(mailbox: string): Promise<MailboxReport['liveness']> {
  const evidence = await proveLife(mailbox, 'life')
  if (evidence.life === 'alive') evidence.socket?.destroy()
  return evidence.life === 'absent' ? 'dead' : evidence.life
}

export function examineWriters(channel: Channel, writers: readonly Writer[], report: StatusReport): Finding[] {
  return [
    ...report.damaged.map(({ id, error }) => damaged(join(channel.root, 'mailboxes', id), error)),
    ...writers.flatMap((writer) => examineWriter(writer)),
  ]
}

function examineWriter(writer: Writer): Finding[] {
  const findings: Finding[] = []
  const subject = nameOf(writer)
  const isAlive = writer.liveness === 'connected' || writer.liveness === 'alive'
  if (isAlive && writer.process.state === 'stopped') findings.push(stopped(subject, writer.pid))
  else if (isAlive && writer.process.state === 'hangs') findings.push(hangs(subject, writer))
  else if (writer.activity?.state === 'stalled') findings.push(busy(subject, writer))
  if (writer.drops) findings.push(dropped(subject, writer.drops))
  return findings
}

export function nameOf({ pid, threadId, program }: Writer): string {
  return threadId === 0 ? `pid ${pid} (${program})` : `pid ${pid} thread ${threadId} (${program})`
}

const STILL_READ = 'The listener still reads what the worker has logged.'

function stopped(subject: string, pid: number): Finding {
  return {
    code: 'worker-stopped',
    subject,
    what: `The worker is stopped by SIGSTOP, SIGTSTP or a debugger. ${STILL_READ}`,
    cure: `Resume it: kill -CONT ${pid}`,
  }
}

function hangs(subject: string, { process }: Writer): Finding {
  return {
    code: 'worker-hangs',
    subject,
    what: `The worker waits in the kernel (${process.waitsIn ?? 'D state'}), most likely for a disk. ${STILL_READ}`,
    cure: 'Check the disks that it uses (dmesg).',
  }
}

function busy(subject: string, { process, pid }: Writer): Finding {
  return {
    code: 'worker-busy',
    subject,
    what: `The worker is alive (${process.state}), but its event loop does not turn. ${STILL_READ}`,
    cure: `Find the endless loop or the blocking call: kill -USR1 ${pid} lets the inspector listen on 127.0.0.1:9229.`,
  }
}

function dropped(subject: string, { count, causes }: DropTally): Finding {
  return {
    code: 'records-dropped',
    subject,
    what: `${count} records were dropped (${Object.keys(causes).join(', ')}). The log does not report them yet, but will.`,
    cure:
      systemCureIn(Object.keys(causes).join(' ')).trimStart() ||
      'Find out why the listener did not collect them, or raise the option maxMailboxBytes or maxChannelBytes.',
  }
}

function damaged(subject: string, error: string): Finding {
  return {
    code: 'mailbox-damaged',
    subject,
    what: `The mailbox can't be read, and the listener leaves it alone: ${error}`,
    cure: 'Move it out of the channel and read its segment files: they hold the records as lines.',
  }
}
