import { MailboxReader, proveLife, readDrops, type Channel, type DropTally } from '@pino-funnel/channel'
import { join } from 'node:path'
import type { StatusReport } from '../commands/status.ts'
import type { Finding } from './finding.ts'
import { processState, type ProcessState } from './process-state.ts'

type Mailbox = StatusReport['mailboxes'][number]

/** A mailbox, and what the kernel knows of who writes it. */
export interface Writer extends Mailbox {
  readonly process: ProcessState
  readonly drops: DropTally | undefined
}

export async function lookAtWriters(channel: Channel, { mailboxes }: StatusReport): Promise<Writer[]> {
  const writers = await Promise.all(mailboxes.map((mailbox) => lookAtWriter(channel, mailbox)))
  return writers.filter((writer) => writer !== undefined)
}

async function lookAtWriter(channel: Channel, mailbox: Mailbox): Promise<Writer | undefined> {
  const directory = join(channel.mailboxes, mailbox.id)
  try {
    const reader = new MailboxReader(channel.mailboxes, mailbox.id, mailbox.position)
    const { identity } = reader
    reader.close()
    const life = mailbox.life === 'unknown' ? await provenLife(directory) : mailbox.life
    return { ...mailbox, life, process: processState(identity), drops: readDrops(directory, mailbox.position) }
  } catch {
    // Collected and deleted meanwhile, or damaged: that is told elsewhere.
    return undefined
  }
}

async function provenLife(mailbox: string): Promise<Mailbox['life']> {
  const evidence = await proveLife(mailbox, 'life')
  if (evidence.life === 'alive') evidence.socket?.destroy()
  return evidence.life === 'absent' ? 'dead' : evidence.life
}

export function examineMailboxes(channel: Channel, writers: readonly Writer[], report: StatusReport): Finding[] {
  return [
    ...report.damaged.map(({ id, error }) => damaged(join(channel.mailboxes, id), error)),
    ...writers.flatMap((writer) => examineWriter(writer)),
  ]
}

function examineWriter(writer: Writer): Finding[] {
  const findings: Finding[] = []
  const subject = nameOf(writer)
  const lives = writer.life === 'connected' || writer.life === 'alive'
  if (lives && writer.process.state === 'stopped') findings.push(stopped(subject, writer.pid))
  else if (lives && writer.process.state === 'hangs') findings.push(hangs(subject, writer))
  else if (writer.activity?.state === 'stalled') findings.push(busy(subject, writer))
  if (writer.drops) findings.push(dropped(subject, writer.drops))
  return findings
}

export function nameOf({ pid, threadId, program }: Writer): string {
  return threadId === 0 ? `pid ${pid} (${program})` : `pid ${pid} thread ${threadId} (${program})`
}

function stopped(subject: string, pid: number): Finding {
  return {
    code: 'worker-stopped',
    subject,
    what: 'The worker is stopped, by SIGSTOP, SIGTSTP or a debugger. What it has logged is read all the same.',
    cure: `Let it go on: kill -CONT ${pid}`,
  }
}

function hangs(subject: string, { process }: Writer): Finding {
  return {
    code: 'worker-hangs',
    subject,
    what: `The worker waits in the kernel (${process.waitsIn ?? 'D state'}), most likely for a disk.`,
    cure: 'See to the disks it uses (dmesg). What it has logged is read all the same.',
  }
}

function busy(subject: string, { process }: Writer): Finding {
  return {
    code: 'worker-busy',
    subject,
    what:
      `The worker lives, and does not answer the listener: its event loop does not turn (it ${process.state}). ` +
      'What it logs is read all the same.',
    cure: 'Look for an endless loop or a call that waits (node --inspect, or kill -USR1 and a debugger).',
  }
}

function dropped(subject: string, { count, causes }: DropTally): Finding {
  return {
    code: 'records-dropped',
    subject,
    what: `${count} records were dropped that the log does not tell of yet: ${Object.keys(causes).join(', ')}.`,
    cure: 'See why they were not collected, or raise maxMailboxBytes or maxChannelBytes. The log will tell of them.',
  }
}

function damaged(subject: string, error: string): Finding {
  return {
    code: 'mailbox-damaged',
    subject,
    what: `A mailbox can't be read, and is left alone: ${error}`,
    cure: 'Move it out of the channel, and look into its segments by hand: they hold lines.',
  }
}
