import {
  fieldsOfStat,
  FunnelError,
  listenerSocketName,
  parseLaunchTicketName,
  pidNamespace,
  processIsStopped,
  readListenerRecord,
  type Channel,
} from '@pino-funnel/channel'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** For people: the process that has won an epoch does not answer, though it is alive. */
export function silentLeader(channel: Channel, epoch: number, waitedMs: number): FunnelError {
  const winner = winnerOf(channel, epoch)
  const name = winner === undefined ? 'A process' : `The process ${winner.pid}`
  return new FunnelError(
    'FUNNEL_LISTENER_SILENT',
    `${name} is the listener of ${channel.root}, and has not answered within ${waitedMs} ms: ` +
      `${winner === undefined ? unknown(channel, epoch) : stateOf(winner)} ` +
      `Nothing is lost: records wait in the mailboxes.`,
  )
}

interface Winner {
  readonly pid: number
  /** Whether it is of another PID namespace: here, its pid is that of another process, or of none. */
  readonly isElsewhere: boolean
}

/**
 * One that was stopped before it could write the record of its election is known by its launch ticket only. Later tickets
 * are of candidates that wait for its answer, too: these run, and the first one has come before them.
 */
function winnerOf(channel: Channel, epoch: number): Winner | undefined {
  try {
    const record = readListenerRecord(channel)
    if (record?.epoch === epoch) return { pid: record.pid, isElsewhere: record.pidNamespace !== pidNamespace() }
    const started = ticketsOf(channel, epoch).flatMap((name) => startedBy(join(channel.directory, name)) ?? [])
    const alive = started.filter((pid) => letterOf(pid) !== undefined)
    const pid = alive.find((one) => processIsStopped(one, '')) ?? alive[0] ?? started[0]
    return pid === undefined ? undefined : { pid, isElsewhere: false }
  } catch {
    // The channel was moved or deleted.
    return undefined
  }
}

/** The first attempt first. */
function ticketsOf(channel: Channel, epoch: number): string[] {
  const attempt = (name: string): number => parseLaunchTicketName(name)?.attempt ?? 0
  return readdirSync(channel.directory)
    .filter((name) => parseLaunchTicketName(name)?.epoch === epoch)
    .toSorted((one, other) => attempt(one) - attempt(other))
}

/** Nothing of a ticket that is removed meanwhile: another one may name the process. */
function startedBy(ticket: string): number | undefined {
  try {
    const [, started] = readFileSync(ticket, 'utf8').split('\n')
    return Number(started?.split(' ')[0]) || undefined
  } catch {
    return undefined
  }
}

function stateOf({ pid, isElsewhere }: Winner): string {
  if (isElsewhere) {
    return (
      `it is stopped, busy, or hangs. If this lasts, resume or kill it in its own PID namespace, such as a container, ` +
      `where that is its pid.`
    )
  }
  switch (letterOf(pid)) {
    case 'T':
    case 't':
      return `it is stopped by SIGSTOP, SIGTSTP or a debugger. Resume it: kill -CONT ${pid}.`
    case 'D':
      return `it waits in the kernel, most likely for a disk. Check the disk (dmesg; fsfreeze --unfreeze if it is frozen).`
    default:
      return `it is busy, or hangs. If this lasts, kill it: kill -KILL ${pid}.`
  }
}

/** The state of a process, as proc(5) has it. */
function letterOf(pid: number): string | undefined {
  try {
    return fieldsOfStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).charAt(0)
  } catch {
    return undefined
  }
}

function unknown(channel: Channel, epoch: number): string {
  return `it is stopped, or hangs. Find it: lsof ${join(channel.root, listenerSocketName(epoch))}.`
}
